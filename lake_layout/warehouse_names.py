"""What databases and schemas are called in the warehouses: area + release → name.

| | ClickHouse | Postgres |
|---|---|---|
| what dbt builds for the next release | `marts_next`, and `lake_next` to build it from | `reporting_next` |
| release 13 | `marts_r13`, `lake_r13` | `reporting_r13` |
| what readers follow | `marts`, out of `marts_releases`; analysts `lake`, out of `lake_releases` | `reporting` |
"""

AREAS = ("lake", "marts")
"""What a release holds in ClickHouse: pinned views of the lake, and the marts made from them."""
SCAFFOLDS = ("staging", "intermediate")
"""Views that only the building needs, in both warehouses."""
REPORTS = "reporting"
CURRENT = "release"
"""The table of `marts` and of `reporting` that names the release shown."""


def next_of(area: str) -> str:
    return f"{area}_next"


def release_of(area: str, release_id: int) -> str:
    return f"{area}_r{release_id:d}"


def releases_of(area: str) -> str:
    """Where the kept releases of every table are side by side."""
    return f"{area}_releases"
