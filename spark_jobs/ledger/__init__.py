"""The run ledger: what the commits of every table tell, as tables for people in Postgres and ClickHouse."""
