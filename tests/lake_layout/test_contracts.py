"""What a contract says follows into its tables, and a contract that cannot be meant is refused in words."""

from pathlib import Path

import pytest

from lake_layout import contracts, tables
from lake_layout.contracts import Contract, Zone, contract, read_contracts
from lake_layout.periods import Period
from lake_layout.profile import profile
from spark_jobs.release.whole_periods import DAYS

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


LINES = """
description: Lines. One row per line.
owner: tests
origin: {kind: files, format: log_lines}
silver: {kind: unique}
key: [written_at, line]
event_time: written_at
columns:
  written_at: {type: timestamp, required: true, description: When.}
  line: {type: string, description: What.}
"""


def test_events_without_a_date_of_their_own_are_replaced_by_the_one_they_have_in_utc(tmp_path: Path) -> None:
    of = read(tmp_path, LINES)
    assert (of.partition, of.reach) == ("event_date", (0, 0))
    silver, bronze = ({column.name for column in tables.columns(of, zone)} for zone in (Zone.SILVER, Zone.BRONZE))
    assert "event_date" in silver - bronze


@pytest.mark.parametrize(
    "known, other",
    [("event_time: written_at\n", ""), ("required: true, ", ""), ("type: timestamp", "type: offset_timestamp")],
)
def test_an_event_that_may_have_no_date_in_utc_needs_one_of_its_own(tmp_path: Path, known: str, other: str) -> None:
    with pytest.raises(ValueError, match="silver takes a partition, or a required event_time without offset"):
        read(tmp_path, LINES.replace(known, other))


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
    ("known", "wrong", "words"),
    [
        ("reach: [1, 0]", "reach: [-1, 0]", "reach.0"),
        ("{drinks: [0, 27]}", "{drinks: [0, -27]}", "reaches.drinks.1"),
        ("people: app_db/users", "people: app/user_events", "app/drinks: the same input has two reaches"),
    ],
)
def test_a_reach_is_one_of_an_input_and_none_is_negative(tmp_path: Path, known: str, wrong: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(tmp_path, COMPUTED.replace(known, wrong))


def test_a_history_has_no_dates_that_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("app_db/users", "app/user_events"):
        (tmp_path / address).parent.mkdir()
        (tmp_path / f"{address}.yml").write_text((contracts.ROOM / "datasets" / f"{address}.yml").read_text())
    of = COMPUTED.replace("{drinks: [0, 27]}", "{people: [0, 27]}")
    (tmp_path / "app" / "thirst.yml").write_text(of)
    monkeypatch.setenv("LAKE_DATASETS", str(tmp_path))
    contracts.contracts.cache_clear()
    profile.cache_clear()
    try:
        with pytest.raises(ValueError, match="app/thirst: people in reaches is a history"):
            contracts.contracts()
    finally:
        monkeypatch.undo()
        contracts.contracts.cache_clear()
        profile.cache_clear()


def test_every_table_of_weeks_or_months_waits_for_days_or_follows_one_that_does() -> None:
    """Else nothing would begin its run: whole periods are told by these days alone (`whole_periods`)."""
    lasting = {of.address for of in contracts.contracts().values() if of.period is not Period.DAY}
    told = {*DAYS, *lasting}
    assert lasting
    assert {address for address in lasting if not told & {*contract(address).inputs.values()} - {address}} == set()


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
