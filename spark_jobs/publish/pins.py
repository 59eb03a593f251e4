"""Which version of every table is published: contracts + lake → pins, chosen once and shared by both warehouses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lake_layout import tables
from lake_layout.contracts import Column, Contract, Zone, contracts
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
    """Pin the newest version of every dataset's truest zone."""
    return [_pin(contract, contract.zones[-1]) for contract in contracts().values()]


def _pin(contract: Contract, zone: Zone) -> Pin:
    table = delta.open_table(contract, zone)
    if table is None:
        return Pin(contract, zone, None, None, frozenset(), 0, None)
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
