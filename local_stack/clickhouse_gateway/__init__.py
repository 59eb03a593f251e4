"""ClickHouse's HTTP interface in front of one embedded chDB, for two identities: an owner and a reader.

HTTP → `application` (routes) → `requests` (what was asked, by whom) → `reader_policy` (may a reader ask this?)
→ `execution` (run it on a connection of `sessions`) → `responses` (what ClickHouse would answer).

Run alone: `python -m local_stack.clickhouse_gateway`.
"""
