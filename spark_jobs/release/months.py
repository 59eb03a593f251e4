"""Which months of the marts moved since the release that is shown: log + pins → `staging_next.moved_months` for dbt.

ClickHouse takes the other months over as they stand (`dbt_project/macros/by_month.sql`), so that a release costs what
moved and not what there is. All are made anew where that cannot be trusted: other models, contracts or views, another
ClickHouse, another table in the lake, a gate that failed since, a warehouse that was lost.
"""

import hashlib
from collections.abc import Iterable
from importlib.metadata import version

from clickhouse_connect.driver.client import Client

from lake_layout.profile import REPOSITORY, profile
from lake_layout.warehouse_names import next_of, release_of
from spark_jobs.publish import delta
from spark_jobs.publish.pins import Pin
from spark_jobs.release import clickhouse
from spark_jobs.release.log import Did, Log, Pinned

_DBT = REPOSITORY / "dbt_project"
# What reads the lake for the models, and the types as which they see it.
_VIEWS = tuple(REPOSITORY / "spark_jobs" / "publish" / name for name in ("clickhouse.py", "sql_types.py"))
_WORDS = REPOSITORY / "lake_layout" / "vocabulary.yml"
_SCAFFOLD = next_of("staging")
# ClickHouse's Date has no other years whole, and makes one of these of them.
_YEARS_OF_MARTS = range(1970, 2149)


def tell(client: Client, found: Log, chosen: Iterable[Pin], release_id: int) -> None:
    """Write down where each table's other months are taken from, and which moved; of tables left out all did."""
    base = _base(client, found, found.made_of(release_id))
    was = {pin.dataset: pin for pin in found.pins(base)} if base else {}
    known = {pin.name: _months(pin, was.get(pin.contract.address)) for pin in chosen}
    rows = [
        f"('{name}', '{release_of('marts', base)}', '{','.join(months)}')"
        for name, months in known.items()
        if base and months is not None
    ]
    structure = "'dataset String, base String, months String'"
    told = f"values({structure}, {', '.join(rows)})" if rows else f"null({structure})"
    client.command(f"CREATE DATABASE IF NOT EXISTS {_SCAFFOLD}")
    client.command(f"CREATE OR REPLACE VIEW {_SCAFFOLD}.moved_months AS SELECT * FROM {told}")


def fingerprint(server: str) -> str:
    """Changes with whatever decides what a mart is made of its dataset: models, macros, contracts, the views of the
    lake, dbt, and the version of ClickHouse.
    """
    digest = hashlib.sha256(f"{version('dbt-core')} {version('dbt-clickhouse')} {server}".encode())
    files = {path.name: path for path in (_DBT / "dbt_project.yml", *_VIEWS, _WORDS)}
    for folder in (_DBT / "models", _DBT / "macros", profile().datasets):
        files |= {f"{folder.name}/{path.relative_to(folder)}": path for path in folder.rglob("*") if path.is_file()}
    for name, path in sorted(files.items()):
        digest.update(f"\0{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _base(client: Client, found: Log, made_of: str | None) -> int | None:
    """The release that is shown, if its months can be taken over."""
    decision = found.decision
    if decision is None or decision.release_id is None or found.made_of(decision.release_id) != made_of:
        return None
    if any(event.did is Did.FAILED and event.sequence > decision.sequence for event in found.events):
        return None
    return decision.release_id if clickhouse.has(client, release_of("marts", decision.release_id)) else None


def _months(pin: Pin, was: Pinned | None) -> list[str] | None:
    """The months, as 202503, of which the lake holds other files now; None where any may be different."""
    if was is None:
        return None
    before = (was.lake_table_id, was.lake_version)
    dates = delta.changed_dates(pin.contract, pin.zone, before, (pin.table_id, pin.version))
    if dates is None or any(day.year not in _YEARS_OF_MARTS for day in dates):
        return None
    return sorted({f"{day:%Y%m}" for day in dates})
