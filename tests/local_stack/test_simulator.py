"""The simulator: lives that repeat, events of the contracts' shape, faults that lose nothing."""

import json
import struct
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from io import BytesIO

import fastavro
import numpy as np
import pytest

from lake_layout.contracts import KafkaLog, contract, contracts
from lake_layout.schemas import schema_path, schema_text
from local_stack.simulator import body, database, faults
from local_stack.simulator.faults import Counts
from local_stack.simulator.files import files_of
from local_stack.simulator.manifest import Manifest, OtherSettings
from local_stack.simulator.messages import Parcel, local_text
from local_stack.simulator.people import person
from local_stack.simulator.places import DAY, HOUR, midnight, utc_midnight
from local_stack.simulator.simulate import Production, parcels_of
from local_stack.simulator.travel import life_day, sleeps_in
from local_stack.simulator.wardrobe import devices_of
from local_stack.simulator.world import person_day

MONDAY, SUNDAY = date(2025, 3, 24), date(2025, 3, 30)
SEED, PEOPLE = 7, 24


def week() -> list[date]:
    return [MONDAY + timedelta(days=number) for number in range(7)]


def sent_on(on: date, manifest: Manifest) -> list[Parcel]:
    return list(parcels_of(manifest, on, Production([], [], Counts()), lambda _share: None))


def everything(on: date = MONDAY) -> Iterator[Parcel]:
    for number in range(1, PEOPLE + 1):
        if day := person_day(SEED, number, PEOPLE, on):
            yield from [*day.recorded, *day.online]


@pytest.fixture
def manifest(tmp_path) -> Manifest:
    return Manifest(tmp_path, SEED, PEOPLE, with_faults=True)


def test_a_date_is_the_same_alone_and_after_other_dates(manifest: Manifest) -> None:
    alone = [(p.topic, p.key, p.messages) for p in sent_on(MONDAY, manifest)]
    for on in week():
        sent_on(on, manifest)
    body.day.cache_clear()
    assert [(p.topic, p.key, p.messages) for p in sent_on(MONDAY, manifest)] == alone


def test_other_seeds_are_other_lives() -> None:
    one, other = (person_day(seed, 1, PEOPLE, MONDAY) for seed in (1, 2))
    assert one and other and one.readings[0].event_ids != other.readings[0].event_ids


def test_every_json_event_has_what_its_contract_requires() -> None:
    topics = {c.origin.topic: c for c in contracts().values() if isinstance(c.origin, KafkaLog)}
    parcels = list(everything())
    assert {parcel.topic for parcel in parcels} == set(topics)
    for parcel in parcels:
        of = topics[parcel.topic]
        for message in parcel.messages if parcel.topic != "ai-interactions" else []:
            event = json.loads(message)
            assert set(event) <= {column.name for column in of.columns}
            assert all(event.get(column.name) is not None for column in of.columns if column.required)


def test_keys_are_those_of_the_topics() -> None:
    keys = {
        "user-events": lambda e: e["user_id"],
        "health-metrics": lambda e: f"{e['device_id']}|{e['metric_type']}",
        "workout-data": lambda e: e["workout_session_id"],
        "social-events": lambda e: e["interaction_type"],
    }
    for parcel in everything():
        if parcel.topic in keys:
            assert all(keys[parcel.topic](json.loads(message)) == parcel.key for message in parcel.messages)


def test_event_ids_are_unique_over_the_week() -> None:
    ids: Counter[str] = Counter()
    for on in week():
        for parcel in everything(on):
            if parcel.topic != "ai-interactions":
                ids.update(json.loads(message)["event_id"] for message in parcel.messages)
    assert ids.most_common(1)[0][1] == 1


def test_turns_with_the_coach_are_avro_in_the_confluent_wire_format() -> None:
    schema = json.loads(schema_path("ai-interactions", 1).read_text())
    parcels = [parcel for parcel in everything() if parcel.topic == "ai-interactions"]
    assert parcels
    for parcel in parcels:
        for message in parcel.messages:
            assert struct.unpack(">bI", message[:5]) == (0, 1)
            record = fastavro.schemaless_reader(BytesIO(message[5:]), schema)
            assert record["conversation_id"] == parcel.key
            assert datetime.fromisoformat(record["occurred_at"]).utcoffset() is not None


def test_the_avro_schema_is_that_of_the_contract() -> None:
    assert schema_path("ai-interactions", 1).read_text() == schema_text("ai-interactions")


def test_life_days_follow_each_other_without_gap_whatever_the_journeys() -> None:
    for number in range(1, 200):
        who = person(SEED, number)
        days = [life_day(SEED, who, on) for on in week()]
        assert all(one.ends_at == other.starts_at for one, other in zip(days, days[1:], strict=False))
        assert all(15 * HOUR <= day.ends_at - day.starts_at <= 33 * HOUR for day in days)


def test_the_day_of_the_clock_change_has_23_hours_in_europe() -> None:
    who = next(p for p in (person(SEED, n) for n in range(1, 99)) if p.home.city == "Berlin")
    if sleeps_in(SEED, who, SUNDAY - timedelta(days=1)) == who.home:
        day = life_day(SEED, who, SUNDAY)
        assert day.ends_at - day.starts_at == 23 * HOUR
        assert day.offsets(np.array([day.starts_at, day.ends_at - 1])).tolist() == [60, 120]


def test_a_handed_on_watch_has_one_owner_at_a_time() -> None:
    giver, heir = ({d.device_id: d for d in devices_of(SEED, number, PEOPLE)} for number in (3, 4))
    old = "watch-00003-1"
    assert giver[old].owned_to == heir[old].owned_from
    assert giver["watch-00003-2"].owned_from == giver[old].owned_to
    assert utc_midnight(MONDAY) < (giver[old].owned_to or 0) < utc_midnight(SUNDAY)


def test_the_database_does_not_know_of_a_hand_over_before_it_happened() -> None:
    changed_at = devices_of(SEED, 3, PEOPLE)[1].owned_to or 0
    changes_on = MONDAY + timedelta(days=(changed_at - utc_midnight(MONDAY)) // DAY)
    before, after = (
        [row for row in database.rows_at(SEED, PEOPLE, on)["devices"] if row[0] == "watch-00003-1"]
        for on in (changes_on - timedelta(days=1), SUNDAY)
    )
    assert [(row[1], row[6]) for row in before] == [("user-00003", None)]
    assert [row[1] for row in after] == ["user-00003", "user-00004"]
    assert after[0][6] == after[1][5] is not None


def test_phone_and_watch_overlap_but_a_device_does_not_overlap_itself() -> None:
    day = person_day(SEED, 1, PEOPLE, MONDAY)
    assert day
    steps = [r for r in day.readings if r.metric == "steps"]
    spans = {r.device.device_id.split("-")[0]: list(zip(r.starts, r.ends, strict=True)) for r in steps}
    for of_device in spans.values():
        assert all(one[1] <= other[0] for one, other in zip(of_device, of_device[1:], strict=False))
    assert any(a[0] < b[1] and b[0] < a[1] for a in spans["phone"] for b in spans["watch"])


def test_a_sender_without_offset_writes_z_and_others_their_own() -> None:
    at = midnight("Europe/Berlin", MONDAY)
    assert local_text(at, 60) == "2025-03-24T00:00:00+01:00"
    assert local_text(at, -210) == "2025-03-23T19:30:00-03:30"
    assert local_text(at, 60, writes_offset=False) == "2025-03-23T23:00:00Z"


def test_faults_repeat_delay_and_add_but_lose_nothing(manifest: Manifest) -> None:
    arrived: set[bytes] = set()
    for on in week():
        arrived |= {m.split(b'"sent_at"')[0] for p in sent_on(on, manifest) for m in p.messages}
        manifest.begin(on)
        manifest.finish(on, Counts())
    for on in week()[:-2]:  # what devices held back has arrived two dates later
        for parcel in everything(on):
            if parcel.topic == "health-metrics":
                assert {message.split(b'"sent_at"')[0] for message in parcel.messages} <= arrived


def test_every_message_with_faults_is_counted(manifest: Manifest) -> None:
    production = Production([], [], Counts())
    parcels = list(parcels_of(manifest, MONDAY, production, lambda _share: None))
    topics = production.counts.topics
    assert {topic for topic, _what in topics} == {parcel.topic for parcel in parcels}
    for topic in {parcel.topic for parcel in parcels}:
        sent = sum(len(parcel.messages) for parcel in parcels if parcel.topic == topic)
        assert sent == topics[topic, "accepted"] + topics[topic, "rejected"]
    faulty = production.counts.faults
    assert all(faulty[kind] for kind in ("duplicate", "same_key", "out_of_order", "implausible"))


def test_a_late_event_is_counted_as_late() -> None:
    day = next(d for n in range(1, PEOPLE) if (d := person_day(SEED, n, PEOPLE, MONDAY, held_back_days=1)))
    counts = Counts()
    for _parcel in faults.recorded_with_faults(SEED, day, counts):
        pass
    readings = sum(map(len, day.readings))
    assert counts.topics["health-metrics", "late"] >= 0.9 * readings


def test_truth_of_other_lives_is_not_mixed_in(tmp_path) -> None:
    first = Manifest(tmp_path, seed=1, people=5, with_faults=False)
    first.begin(MONDAY)
    with pytest.raises(OtherSettings, match="start an empty lake"):
        Manifest(tmp_path, seed=2, people=5, with_faults=False)


def test_a_date_that_was_sent_twice_counts_twice_and_an_interrupted_one_is_named(tmp_path) -> None:
    manifest = Manifest(tmp_path, seed=1, people=5, with_faults=False)
    counts = Counts()
    counts.sent(Parcel("user-events", "u", [b"{}"]))
    manifest.begin(MONDAY)
    for _ in range(2):
        manifest.begin(MONDAY)
        manifest.finish(MONDAY, counts)
    manifest.write_mart_rows({})
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert told["totals"]["topics"]["user-events"]["accepted"] == 2
    assert told["interrupted"] == ["2025-03-24"]


def test_files_repeat_byte_for_byte_and_have_the_columns_of_their_contracts() -> None:
    files = dict(files_of(SEED, MONDAY))
    assert files == dict(files_of(SEED, MONDAY))
    for address in ("weather/daily_observations", "weather/hourly_observations", "market/daily_prices"):
        header = files[f"{address}/{MONDAY}.csv"].decode().splitlines()[0].split(",")
        known = {name for column in contract(address).columns for name in (column.name, *column.source_names)}
        assert set(header) <= known
