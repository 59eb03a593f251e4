"""What a contract says follows into its tables, and a contract that cannot be meant is refused in words."""

from pathlib import Path

import pytest

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, read_contracts

EVENTS = """
description: Drinks. One row per event.
owner: tests
origin: {kind: kafka_log, topic: drinks, partitions: 1, kept: 7d}
silver: {kind: local_day, inputs: {users: app_db/users}}
key: [event_id]
event_time: occurred_at
columns: {event_id: , user_id: , occurred_at: }
"""


def read(folder: Path, text: str) -> Contract:
    path = folder / "app" / "drinks.yml"
    path.parent.mkdir()
    path.write_text(text)
    return read_contracts(folder)["app/drinks"]


def test_events_on_their_local_day_are_replaced_by_it_and_reach_a_day_to_each_side(tmp_path: Path) -> None:
    of = read(tmp_path, EVENTS)
    assert (of.partition, of.reach, of.zones[-1]) == ("event_date", (1, 1), Zone.SILVER)
    assert tables.partition_columns(of, Zone.SILVER) == ("_status", "event_date")
    assert of.reads == {"rows": "app/drinks", "users": "app_db/users"}


def test_silver_has_the_day_and_bronze_has_not(tmp_path: Path) -> None:
    of = read(tmp_path, EVENTS)
    added = {"event_date", "utc_offset_minutes", "is_offset_assumed"}
    silver, bronze = ({column.name for column in tables.columns(of, zone)} for zone in (Zone.SILVER, Zone.BRONZE))
    assert added <= silver
    assert not added & bronze


COMPUTED = """
description: Thirst. One row per user and day.
owner: tests
zone: gold
inputs: {drinks: app/user_events, people: app_db/users}
reach: [1, 0]
reaches: {drinks: [0, 27]}
key: [user_id, event_date]
partition: event_date
columns: {event_date: , user_id: }
"""


def test_one_input_may_reach_further_than_the_others(tmp_path: Path) -> None:
    of = read(tmp_path, COMPUTED)
    assert (of.reach_of("app/user_events"), of.reach_of("app_db/users")) == ((0, 27), (1, 0))


def test_what_reaches_must_be_an_input(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="app/drinks: food in reaches is no input"):
        read(tmp_path, COMPUTED.replace("{drinks: [0", "{food: [0"))


@pytest.mark.parametrize(
    "known, unknown",
    [
        ("event_time: occurred_at\n", ""),
        ("occurred_at: }", "occurred_at: {type: timestamp}}"),
        (", inputs: {users: app_db/users}", ""),
        ("kind: local_day", "kind: unique"),
        ("user_id: ,", ""),
    ],
)
def test_a_local_day_needs_an_instant_with_its_offset_and_a_user(tmp_path: Path, known: str, unknown: str) -> None:
    with pytest.raises(ValueError, match="a local day takes"):
        read(tmp_path, EVENTS.replace(known, unknown))
