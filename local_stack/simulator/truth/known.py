"""What the lake may know of users and devices: the database's rows at the end of each simulated date.

The newest row of a key counts, even when it has been deleted since; a zone counts in the version valid at an
instant. A version begins when it was first landed, that is at the UTC midnight that ends its date; the first
one of a key at the beginning of time.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from lake_layout.contracts import contract
from local_stack.simulator.database import Row, rows_at
from local_stack.simulator.places import HOUR, offset_minutes, utc_midnight

END_OF_TIME = 2**62
BIN = HOUR // 4  # every zone changes its clocks on a quarter of an hour


@dataclass
class Version:
    """A row and from when to when (ms) it held; `valid_to` is None while it does."""

    row: dict[str, object]
    valid_from: int
    valid_to: int | None = None


@dataclass(frozen=True)
class Ownership:
    user_id: str
    priority: int
    owned_from: int
    owned_to: int


def _milliseconds(instant: object) -> int | None:
    return None if instant is None else round(instant.timestamp() * 1000)  # type: ignore[attr-defined]


def _in_turn(found: list[Ownership]) -> list[Ownership]:
    """Ownerships of one device in order of time; each ends at the latest where the next one begins."""
    ordered = sorted(found, key=lambda one: one.owned_from)
    ends = [one.owned_from for one in ordered[1:]] + [END_OF_TIME]
    return [replace(one, owned_to=min(one.owned_to, end)) for one, end in zip(ordered, ends, strict=True)]


class Known:
    """The history of the database over the dates that were simulated and landed one by one."""

    def __init__(self, seed: int, people: int, dates: list[date]) -> None:
        self._rows = [(utc_midnight(on + timedelta(days=1)), rows_at(seed, people, on)) for on in sorted(dates)]

    def versions(self, table: str) -> dict[Row, list[Version]]:
        """Every version of every row of a table, by key."""
        of = contract(f"app_db/{table}")
        names = [column.name for column in of.columns]
        found: dict[Row, list[Version]] = {}
        for landed_at, tables in self._rows:
            now = {}
            for values in tables[table]:
                row = dict(zip(names, values, strict=True))
                now[tuple(row[name] for name in of.key)] = row
            for key, versions in found.items():
                newest = versions[-1]
                if newest.valid_to is None and now.get(key) != newest.row:
                    newest.valid_to = landed_at
            for key, row in now.items():
                if key not in found:
                    found[key] = [Version(row, 0)]
                elif found[key][-1].valid_to is not None:
                    found[key].append(Version(row, landed_at))
        return found

    @cached_property
    def _owners(self) -> dict[str, list[Ownership]]:
        owners: dict[str, list[Ownership]] = {}
        for versions in self.versions("devices").values():
            row = versions[-1].row
            owned = (_milliseconds(row["owned_from"]) or 0, _milliseconds(row["owned_to"]) or END_OF_TIME)
            ownership = Ownership(str(row["user_id"]), int(str(row["priority"])), *owned)
            owners.setdefault(str(row["device_id"]), []).append(ownership)
        return {device_id: _in_turn(found) for device_id, found in owners.items()}

    @cached_property
    def _users(self) -> dict[str, list[Version]]:
        return {str(key[0]): versions for key, versions in self.versions("users").items()}

    def user(self, user_id: str, at: int) -> dict[str, Any] | None:
        """The row of a user that held at an instant (ms)."""
        versions = self._users.get(user_id, [])
        return next((v.row for v in versions if v.valid_from <= at < (v.valid_to or END_OF_TIME)), None)

    @cached_property
    def _zones(self) -> dict[str, list[tuple[int, str]]]:
        return {user: [(v.valid_from, str(v.row["time_zone"])) for v in found] for user, found in self._users.items()}

    def owners(self, device_id: str) -> list[Ownership]:
        """All known ownerships of a device."""
        return self._owners.get(device_id, [])

    def owner(self, device_id: str, at: int) -> Ownership | None:
        """Who owned a device at an instant (ms)."""
        return next((o for o in self.owners(device_id) if o.owned_from <= at < o.owned_to), None)

    def zone(self, user_id: str | None, at: int) -> str | None:
        """The time zone of a user at an instant (ms)."""
        versions = self._zones.get(user_id or "", [])
        return next((zone for valid_from, zone in reversed(versions) if valid_from <= at), None)

    def offset(self, user_id: str | None, at: int) -> int:
        """The UTC offset in minutes that stands in where an event knows none."""
        zone = self.zone(user_id, at)
        return offset_minutes(zone, at // BIN * BIN) if zone else 0

    def offsets(self, user_id: str | None, instants: np.ndarray) -> np.ndarray:
        """`offset` of many instants."""
        bins, where = np.unique(instants // BIN, return_inverse=True)
        return np.array([self.offset(user_id, bin_ * BIN) for bin_ in bins.tolist()], dtype=np.int64)[where]
