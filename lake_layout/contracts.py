"""Dataset contracts: `datasets/<source>/<dataset>.yml` + `vocabulary.yml` → checked models.

A contract with an `origin` describes a source: it lands in raw and is typed in bronze, and with a
`silver` block its columns reach silver. A contract with `inputs` describes a computed table.
"""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, NonNegativeInt, model_validator

from lake_layout import names
from lake_layout.lengths import Length

# Named `as` themselves: others find all parts of a contract here.
from lake_layout.origins import Drift as Drift
from lake_layout.origins import Files as Files
from lake_layout.origins import KafkaLog as KafkaLog
from lake_layout.origins import Snapshot as Snapshot
from lake_layout.origins import Strict
from lake_layout.periods import Period

Reach = tuple[NonNegativeInt, NonNegativeInt]
ROOM = Path(__file__).parent
EVENT_DATE = "event_date"


class Zone(StrEnum):
    RAW = "raw"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Column(Strict):
    """One column; `type` is a Spark SQL type, or `offset_timestamp` in a source.

    An `offset_timestamp` is RFC 3339 text with its UTC offset. Bronze keeps the instant in UTC
    under the column's name and `<name without _at>_offset_minutes`, null where it is unknown.
    `source_names` are the source's names for it, the first one present wins. `searched`: people look for its words.
    """

    name: str
    type: str
    description: str
    unit: str | None = None
    pii: bool = False
    required: bool = False
    searched: bool = False
    source_names: tuple[str, ...] = ()

    @property
    def offset_name(self) -> str:
        return f"{self.name.removesuffix('_at')}_offset_minutes"


class Silver(Strict):
    """How a source reaches silver.

    `unique` keeps the first landed row of a key, on the contract's `partition` or, without one, on the UTC date of
    its `event_time`; `local_day` does so too and places each event on the local day of its user, of whom
    `inputs.users` knows the time zones; `history` keeps versions.
    """

    kind: Literal["unique", "local_day", "history"]
    inputs: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_its_inputs(self) -> Self:
        if set(self.inputs) != ({"users"} if self.kind == "local_day" else set()):
            raise ValueError("a local day takes inputs.users, other kinds of silver take none")
        return self


class Contract(Strict):
    """What a dataset promises.

    `key`: unique in silver and gold. `event_time`: the instant (or date) that places a row in time. `partition`: the
    date column that silver or gold replaces by, the first day of each `period`. `reach`: periods before and after a
    changed one that an input's rows can influence; `reaches` has those of inputs that differ. A table among its own
    `inputs` carries its state from period to period (`spark_jobs/carried_state.py`). `is_in_postgres`: whether gold is
    copied there, too; ClickHouse reads it where it lies.
    """

    address: str
    description: str
    owner: str
    version: int = 1
    zone: Zone
    origin: Annotated[KafkaLog | Snapshot | Files, Field(discriminator="kind")] | None = None
    silver: Silver | None = None
    inputs: dict[str, str] = {}
    period: Period = Period.DAY
    reach: Reach = (0, 0)
    reaches: dict[str, Reach] = {}
    is_in_postgres: bool = True
    key: tuple[str, ...]
    event_time: str | None = None
    partition: str | None = None
    restate_within: Length = "35d"
    keep: Length = "5y"
    max_rejected: float = 0.2
    columns: tuple[Column, ...]

    @model_validator(mode="before")
    @classmethod
    def _by_event_date(cls, body: dict[str, Any]) -> dict[str, Any]:
        """An event of unknown offset may belong to the day before or after the one that its instant has in UTC."""
        match (body.get("silver") or {}).get("kind"):
            case "local_day":
                return {"partition": EVENT_DATE, "reach": (1, 1), **body}
            case "unique":
                return {"partition": EVENT_DATE, **body}
        return body

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        known = {column.name for column in self.columns}
        if self.silver and self.silver.kind == "local_day":
            timed = self.event_time in known and self.column(str(self.event_time)).type == "offset_timestamp"
            if not timed or "user_id" not in known:
                raise ValueError(f"{self.address}: a local day takes an event_time with its offset, and a user_id")
        if self.dates_events:
            if self.silver and self.silver.kind == "unique" and not self._has_utc_date:
                raise ValueError(f"{self.address}: silver takes a partition, or a required event_time without offset")
            known.add(EVENT_DATE)
        for name in (*self.key, *filter(None, (self.event_time, self.partition))):
            if name not in known:
                raise ValueError(f"{self.address}: {name} is not among its columns")
        if unknown := self.reaches.keys() - self.inputs.keys():
            raise ValueError(f"{self.address}: {', '.join(sorted(unknown))} in reaches is no input")
        if any(self.reaches.get(name, self.reach) != self.reach_of(input_) for name, input_ in self.inputs.items()):
            raise ValueError(f"{self.address}: the same input has two reaches")
        if bool(self.origin) == bool(self.inputs):
            raise ValueError(f"{self.address}: give it either an origin or inputs")
        return self

    @property
    def source(self) -> str:
        return self.address.split("/")[0]

    @property
    def dataset(self) -> str:
        return self.address.split("/")[1]

    @property
    def zones(self) -> tuple[Zone, ...]:
        """The zones that hold a table of this dataset."""
        if self.origin is None:
            return (self.zone,)
        return (Zone.RAW, Zone.BRONZE, Zone.SILVER) if self.silver else (Zone.RAW, Zone.BRONZE)

    @property
    def dates_events(self) -> bool:
        """Whether silver adds the date of the event to the source's own columns."""
        is_own = any(column.name == EVENT_DATE for column in self.columns)
        return self.silver is not None and self.partition == EVENT_DATE and not is_own

    @property
    def _has_utc_date(self) -> bool:
        """Whether all tables of a row agree on the date of its event."""
        at = next((column for column in self.columns if column.name == self.event_time), None)
        return at is not None and at.required and at.type != "offset_timestamp"

    @property
    def keeps_history(self) -> bool:
        """Whether its silver table holds the versions of each row."""
        return self.silver is not None and self.silver.kind == "history"

    @property
    def reads(self) -> dict[str, str]:
        """Parameter → dataset: what its silver or gold table is computed from."""
        return {"rows": self.address, **self.silver.inputs} if self.silver else self.inputs

    def reach_of(self, address: str) -> Reach:
        """The reach of an input, named by its address."""
        return {self.inputs[name]: reach for name, reach in self.reaches.items()}.get(address, self.reach)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@lru_cache
def vocabulary() -> dict[str, dict[str, Any]]:
    """The shared meaning of a column name: type, unit, description."""
    return dict(yaml.safe_load((ROOM / "vocabulary.yml").read_text()))


def _read(path: Path, words: dict[str, dict[str, Any]]) -> Contract:
    body = yaml.safe_load(path.read_text())
    address = names.address(f"{path.parent.name}/{path.stem}")
    columns: list[Any] = []
    for name, own in body.pop("columns").items():
        names.column_name(name)
        merged = {"name": name, **words.get(name, {}), **(own or {})}
        if not {"type", "description"} <= merged.keys():
            raise ValueError(f"{address}: {name} needs a type and a description, here or in the vocabulary")
        columns.append(merged)
    zone = body.pop("zone", Zone.BRONZE if "origin" in body else Zone.SILVER)
    return Contract(address=address, zone=zone, columns=tuple(columns), **body)


def read_contracts(folder: Path) -> dict[str, Contract]:
    """All contracts below `folder`, by address.

    Raises ValueError (pydantic.ValidationError) that names the file's address and what is wrong.
    """
    return {of.address: of for of in (_read(path, vocabulary()) for path in sorted(folder.glob("*/*.yml")))}


@lru_cache
def contracts() -> dict[str, Contract]:
    """The contracts of this lake, by address; every declared input must exist."""
    from lake_layout.profile import profile

    known = read_contracts(profile().datasets)
    for of in known.values():
        for needed in of.reads.values():
            if needed not in known:
                raise ValueError(f"{of.address}: its input {needed} has no contract")
            source = known[needed]
            if source.period not in (Period.DAY, of.period) and needed not in source.inputs.values():
                raise ValueError(f"{of.address}: a {of.period} is no sum of {source.period}s: {needed}")
        if histories := [name for name in of.reaches if known[of.inputs[name]].keeps_history]:
            raise ValueError(f"{of.address}: {', '.join(histories)} in reaches is a history, which has no dates")
    return known


def contract(address: str) -> Contract:
    """The contract of one address; raises KeyError with the nearest addresses."""
    from difflib import get_close_matches

    known = contracts()
    if address not in known:
        near = ", ".join(get_close_matches(address, known)) or "see docs/datasets.md"
        raise KeyError(f"no dataset {address}; did you mean: {near}")
    return known[address]


def in_order(zone: Zone) -> list[Contract]:
    """The contracts with a table in `zone`, inputs before those who read them."""
    from graphlib import TopologicalSorter

    known = contracts()
    graph = {c.address: [i for i in c.reads.values() if i != c.address] for c in known.values()}
    ordered = TopologicalSorter(graph).static_order()
    return [known[a] for a in ordered if zone in known[a].zones]
