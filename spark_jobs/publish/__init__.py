"""The lake's tables in the warehouses: one choice of Delta versions → ClickHouse views, Postgres copies."""
