"""Which version of every table is published: contracts + lake → pins, chosen once and shared by both warehouses.

Of gold nothing is published that its gate has not let pass: weeks may come in between the gate of a run and its
release. In a lake of which no gate has ever looked at gold, all of it is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lake_layout import tables
from lake_layout.contracts import Column, Contract, Zone, contracts
from spark_jobs import commits, gate_log
from spark_jobs.halt import Halt
from spark_jobs.publish import delta


@dataclass(frozen=True)
class Pin:
    """One version of the truest table of a dataset; `version` is None while the table does not exist.

    `table_id` is Delta's own name for the table, another one when it is made anew; `present` are the columns
    that this version has.
    """

    contract: Contract
    zone: Zone
    table_id: str | None
    version: int | None
    present: frozenset[str]
    row_count: int
    newest_date: date | None

    @property
    def name(self) -> str:
        """The table's name in both warehouses."""
        return tables.flat_name(self.contract)

    @property
    def columns(self) -> list[Column]:
        """What readers see: all but the pipeline's own columns."""
        return tables.shown(self.contract)

    def publication(self, release_id: int, published_at: datetime) -> dict[str, Any]:
        """The row of the table `publications` that tells readers about this pin."""
        return {
            "dataset": self.contract.address,
            "lake_zone": str(self.zone),
            "lake_table_id": self.table_id,
            "lake_version": self.version,
            "row_count": self.row_count,
            "newest_date": self.newest_date,
            "published_at": published_at,
            "release_id": release_id,
        }


def choose() -> list[Pin]:
    """Pin the newest version of every dataset's truest zone, of gold the newest that has passed its gate.

    Raises Halt: what has passed is gone from a table's log.
    """
    passed = gate_log.passed(Zone.GOLD)
    return [
        _passed(of, passed.get(gate_log.table_id(of, Zone.GOLD) or "", 0))
        if passed and of.zones[-1] is Zone.GOLD
        else _pin(of, of.zones[-1])
        for of in contracts().values()
    ]


def _passed(of: Contract, batch: int) -> Pin:
    newest = commits.newest(of, Zone.GOLD)
    if newest is None or newest.batch <= batch:
        return _pin(of, Zone.GOLD, newest.version if newest else None)
    print(f"{of.address}: batch {newest.batch} has not passed the gate; {batch or 'none'} is published", flush=True)
    if not batch:
        return _none(of, Zone.GOLD)
    for commit in commits.read(tables.path(of, Zone.GOLD)):
        if commit.batch <= batch:
            return _pin(of, Zone.GOLD, commit.version)
    raise Halt(f"{of.address}: no batch that has passed is left: `python -m spark_jobs gate gold`, then release again")


def _none(of: Contract, zone: Zone) -> Pin:
    return Pin(of, zone, None, None, frozenset(), 0, None)


def _pin(contract: Contract, zone: Zone, version: int | None = None) -> Pin:
    """At a version, by default the newest."""
    table = delta.open_table(contract, zone, version)
    if table is None:
        return _none(contract, zone)
    held = [file for file in delta.files(table, contract, zone) if file.row_count]
    dates = [file.date for file in held if file.date]
    return Pin(
        contract,
        zone,
        table_id=str(table.metadata().id),
        version=table.version(),
        present=frozenset(field.name for field in table.schema().fields),
        row_count=sum(file.row_count for file in held),
        newest_date=max(dates, default=None),
    )


def for_reports(pins: Iterable[Pin]) -> list[Pin]:
    """The pins that Postgres holds as well: gold that its contract lets in, and the histories of people and things."""
    return [
        pin for pin in pins if (pin.zone is Zone.GOLD and pin.contract.is_in_postgres) or pin.contract.keeps_history
    ]
