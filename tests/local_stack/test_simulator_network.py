"""The truth of who follows whom and who is in which group, on acts few enough to follow by hand."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from local_stack.simulator.truth.known import Known
from local_stack.simulator.truth.marts import marts

SEED, PEOPLE, USER = 7, 24, "user-00001"
MONDAY = date(2025, 3, 24)
WEEK = [date(2025, 3, day) for day in range(24, 31)]


def acted(kind: str, whom: str, when: str, who: str = USER) -> dict[str, object]:
    aimed = {
        "target_user_id": None,
        "group_id": None,
        "group_id" if kind.endswith("_group") else "target_user_id": whom,
    }
    act = {"event_id": f"{kind}{who}{when}", "kind": kind, "user_id": who, "content_id": None, **aimed}
    at = datetime.strptime(f"2025-03-{when}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return {**act, "occurred_at": int(at.timestamp() * 1000), "offset": 60}


def test_a_day_ends_with_those_who_follow_and_a_week_with_those_who_stay(tmp_path: Path) -> None:
    acts = [
        acted("follow", "ben", "24 09:00"),
        acted("unfollow", "ben", "24 08:00"),
        acted("follow", "ben", "25 09:00"),
        acted("follow", USER, "25 23:30", "cem"),
        acted("join_group", "runners", "26 09:00"),
        acted("join_group", "runners", "30 09:00", "cem"),
        acted("leave_group", "runners", "31 09:00", "cem"),
        acted("unfollow", "ben", "31 09:00"),
        acted("like", "ben", "31 10:00"),
    ]
    folder = tmp_path / "2025-03-24"
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(acts), folder / "interactions.parquet")
    found = marts(Known(SEED, PEOPLE, WEEK), tmp_path)
    days = [tuple(map(str, list(day.values())[1:])) for day in found["network_growth_daily"].to_pylist()]
    assert days == [
        ("2", "1", "1", "0", "0.500000000000"),
        ("2", "1", "0", "0", "0.500000000000"),
        ("3", "2", "1", "0", "0.333333333333"),
        ("3", "2", "0", "0", "0.333333333333"),
        ("2", "1", "0", "1", "0.500000000000"),
    ]
    weeks = found["community_weekly"].to_pylist()
    assert [tuple(week.values()) for week in weeks] == [(MONDAY, "runners", 2, 2, 0, 0, None)]
