"""Truth of `health/nightly_sleep`: stages → stays in bed → sleep by the local date of waking."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from local_stack.simulator.facts import OFFSET_UNKNOWN, read_facts
from local_stack.simulator.places import DAY, HOUR, MINUTE
from local_stack.simulator.truth.columns import decimal, half_up, local_date, table
from local_stack.simulator.truth.known import Known

ASLEEP = ("light", "deep", "rem", "asleep")
NAP_SHORTER_THAN = 3 * HOUR


@dataclass(frozen=True)
class Stay:
    """One stay in bed that counts: `stages` are (stage, start, end), all instants ms."""

    user_id: str
    rank: tuple[int, str, int, str]
    started_at: int
    ended_at: int
    offset: int
    stages: tuple[tuple[str, int, int], ...]

    @property
    def date(self) -> date:
        return local_date(self.ended_at, self.offset)

    @property
    def is_nap(self) -> bool:
        begun = (self.started_at + self.offset * MINUTE) % DAY // HOUR
        return self.ended_at - self.started_at < NAP_SHORTER_THAN and 9 <= begun < 21

    def spent(self, *stages: str) -> int:
        return sum(end - start for stage, start, end in self.stages if stage in stages)


def stays(known: Known, folder: Path) -> list[Stay]:
    """The stays in bed of known owners, without those that a preferred device saw too."""
    facts = read_facts(folder, "stages")
    events = defaultdict(list)
    for row in facts.to_pylist() if facts else []:
        events[row["device_id"], row["session_id"]].append((row["start"], row["end"], row["stage"], row["offset"]))
    by_user = defaultdict(list)
    for (device, session), stages in events.items():
        stages.sort()
        ended_at = max(end for _start, end, _stage, _offset in stages)
        owner = known.owner(device, ended_at)
        if owner is None:
            continue
        offset = stages[-1][3]
        offset = known.offset(owner.user_id, ended_at) if offset == OFFSET_UNKNOWN else offset
        rank = (owner.priority, device, stages[0][0], session)
        kept = tuple((stage, start, end) for start, end, stage, _offset in stages)
        by_user[owner.user_id].append(Stay(owner.user_id, rank, stages[0][0], ended_at, offset, kept))
    return [stay for found in by_user.values() for stay in found if not _is_superseded(stay, found)]


def _is_superseded(stay: Stay, among: list[Stay]) -> bool:
    return any(
        other.rank < stay.rank and other.started_at < stay.ended_at and stay.started_at < other.ended_at
        for other in among
    )


def asleep_ms(found: list[Stay]) -> dict[tuple[str, date], int]:
    """Time asleep of each user by the local date on which it passed."""
    spent: dict[tuple[str, date], int] = defaultdict(int)
    for stay in found:
        shift = stay.offset * MINUTE
        for stage, start, end in stay.stages:
            while stage in ASLEEP and start < end:
                cut = min(end, ((start + shift) // DAY + 1) * DAY - shift)
                spent[stay.user_id, local_date(start, stay.offset)] += cut - start
                start = cut
    return spent


def nightly_sleep(found: list[Stay]) -> pa.Table:
    """The gold table, in its contract's columns."""
    by_date = defaultdict(list)
    for stay in found:
        by_date[stay.user_id, stay.date].append(stay)
    rows = {key: _night(*key, among) for key, among in sorted(by_date.items())}
    return table("health/nightly_sleep", ({**row, **dict(_means(rows, *key))} for key, row in rows.items()))


def _means(rows: Mapping[tuple[str, date], dict[str, Any]], user_id: str, on: date) -> Iterator[tuple[str, int | None]]:
    """Name and mean of the minutes asleep in the nights of the days before."""
    for days in (7, 28):
        before = (rows.get((user_id, on - timedelta(days=ago))) for ago in range(days))
        nights = [row["minutes_asleep"] for row in before if row and row["minutes_in_bed"]]
        yield f"minutes_asleep_{days}d", half_up(sum(nights), len(nights)) if nights else None


def _quality_score(asleep: int, in_bed: int) -> int | None:
    """Percent of the six points that a night can lose for being short or broken (PSQI, components 3 and 4)."""
    if not in_bed:
        return None
    too_short = sum((asleep <= 420, asleep < 360, asleep < 300))
    broken = sum(100 * asleep < percent * in_bed for percent in (85, 75, 65))
    return half_up(100 * (6 - too_short - broken), 6)


def _night(user_id: str, on: date, among: list[Stay]) -> dict[str, Any]:
    nights = [stay for stay in among if not stay.is_nap]
    naps = [stay for stay in among if stay.is_nap]

    def minutes(*stages: str) -> int:
        return half_up(sum(stay.spent(*stages) for stay in nights), MINUTE)

    in_bed, asleep = (sum(stay.spent(*stages) for stay in nights) for stages in (("awake", *ASLEEP), ASLEEP))
    return {
        "sleep_date": on,
        "user_id": user_id,
        "bed_at": min((stay.started_at for stay in nights), default=None),
        "wake_at": max((stay.ended_at for stay in nights), default=None),
        "minutes_in_bed": minutes("awake", *ASLEEP),
        "minutes_asleep": minutes(*ASLEEP),
        "minutes_awake": minutes("awake"),
        "minutes_light": minutes("light"),
        "minutes_deep": minutes("deep"),
        "minutes_rem": minutes("rem"),
        "efficiency": decimal(half_up(asleep * 10_000, in_bed), 4) if in_bed else None,
        "quality_score": _quality_score(minutes(*ASLEEP), minutes("awake", *ASLEEP)),
        "session_count": len(among),
        "nap_minutes": half_up(sum(stay.spent(*ASLEEP) for stay in naps), MINUTE),
    }
