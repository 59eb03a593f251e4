"""Steps of several devices against a reference that walks minute by minute: what counts, cut at hours, in shares."""

from collections import defaultdict
from itertools import groupby

from pyspark.sql import functions as F

from spark_jobs.silver.wearables import step_intervals
from tests.spark_jobs.chance import chance
from tests.spark_jobs.edges_of_time import DAY, MINUTE, ZONES, edge, local_day, offset_at

PEOPLE = 2_000
LANDED = ("_logged_at", "_origin", "_partition")


def _people() -> tuple[list[tuple], list[tuple], dict[str, str]]:
    """Intervals as they are sent, ownerships of devices, and the zone of each user.

    Near an awkward time each person has devices of equal and unequal rank. Some know no offset, some are handed on to
    an heir at that time, some have no owner, and some intervals are rejected.
    """
    source = chance("interval shares")
    sent, owned, zones = [], [], {}
    for person in range(PEOPLE):
        zone = source.choice(ZONES)
        near = edge(source, zone)
        user, heir = f"user {person}", f"heir {person}"
        zones |= {user: zone, heir: source.choice(ZONES)}
        for number in range(source.randint(1, 4)):
            device, rank = f"device {number} of {person}", source.randint(1, 3)
            fate = source.random()
            if fate < 0.85:
                owned.append((device, user, rank, 0))
            if fate < 0.15:
                owned.append((device, heir, rank, near))
            for count in range(source.randint(1, 4)):
                start = near + source.randint(-60, 60) * MINUTE
                end = start + source.randint(1, 45) * MINUTE
                offset = offset_at(zone, start) if source.random() < 0.7 else None
                kind = "bad" if source.random() < 0.05 else "good"
                event = f"{kind} {number}.{count} of {person}"
                sent.append((event, device, start, end, source.randint(0, 500), offset))
    return sent, owned, zones


def test_steps_of_two_thousand_random_people_equal_a_reference(spark):
    sent, owned, zones = _people()
    schema = "event_id string, device_id string, start bigint, end bigint, value double, measured_offset_minutes int"
    metrics = spark.createDataFrame([(*one[:4], float(one[4]), one[5], at) for at, one in enumerate(sent)],
                                    f"{schema}, _offset bigint").withColumns(
        {
            "measured_at": F.timestamp_millis("start"),
            "interval_end": F.timestamp_millis("end"),
            "unit": F.lit("count"),
            "is_time_estimated": F.lit(False),
            **{name: F.lit(0) for name in LANDED},
        }
    )  # fmt: skip
    since = F.timestamp_millis("since")
    devices = spark.createDataFrame(owned, "device_id string, user_id string, priority int, since bigint").withColumns(
        {"owned_from": since, "owned_to": F.lit(None).cast("timestamp"), "valid_from": since}
    )
    users = spark.createDataFrame(list(zones.items()), "user_id string, time_zone string").withColumns(
        {"valid_from": F.timestamp_millis(F.lit(0)), "valid_to": F.lit(None).cast("timestamp")}
    )
    none = F.array().cast("array<string>")
    reasons = F.when(F.startswith("event_id", F.lit("bad")), F.array(F.lit("bad"))).otherwise(none)
    whole = step_intervals.transform(metrics, devices, users).withColumn("_reasons", reasons)
    names = ("event_id", "user_id", F.unix_millis("started_at"), F.unix_millis("ended_at"), "steps", "event_date")
    found = step_intervals.merge(whole).select(*names).collect()
    assert sorted(map(tuple, found)) == sorted(_reference(sent, owned, zones))


def _reference(sent: list[tuple], owned: list[tuple], zones: dict[str, str]):
    owners = defaultdict(list)
    for device, user, rank, since in owned:
        owners[device].append((since, user, rank))
    taken, groups = set(), defaultdict(list)
    for event, device, start, end, steps, own_offset in sent:
        if (device, start) in taken:
            continue  # the first landed of a device and instant counts
        taken.add((device, start))
        owner = max((one for one in owners[device] if one[0] <= start), default=(0, None, 0))
        offset = own_offset if own_offset is not None else offset_at(zones[owner[1]], start) if owner[1] else 0
        rank = (owner[2], device, start, end, event)
        if event.startswith("bad"):
            yield (event, owner[1], start, end, steps, local_day(start, offset))
        else:
            groups[owner[1] or device].append((rank, owner[1], steps, offset))
    for intervals in groups.values():
        yield from _pieces(intervals)


def _pieces(intervals: list[tuple]):
    """The best interval of each minute; minutes of one interval and local hour that follow each other are a piece."""
    first, last = min(one[0][2] for one in intervals), max(one[0][3] for one in intervals)
    minutes = []
    for at in range(first, last, MINUTE):
        best = min((one for one in intervals if one[0][2] <= at < one[0][3]), default=None)
        minutes.append((best, (at + best[3] * MINUTE) // (60 * MINUTE) if best else 0, at))
    for (best, _hour), found in groupby(minutes, key=lambda one: one[:2]):
        if best is None:
            continue
        held = [at for *_rest, at in found]
        (_rank, _device, start, end, event), user, steps, offset = best
        begins, ends = held[0], held[-1] + MINUTE
        share = steps * (ends - start) // (end - start) - steps * (begins - start) // (end - start)
        yield (event, user, begins, ends, share, local_day(begins, offset))


def test_what_one_device_alone_counted_is_shared_out_to_the_last_step(spark):
    """No interval overlaps another: whatever hours and midnights cut, its pieces sum to it."""
    source = chance("whole intervals")
    sent = []
    for case in range(2_000):
        start = edge(source, source.choice(ZONES)) - source.randrange(3 * 60) * MINUTE + case % 7
        sent.append((f"e{case}", f"user {case}", start, start + source.randrange(1, DAY // 4), source.randint(0, 9999)))
    rows = spark.createDataFrame(sent, "event_id string, user_id string, start bigint, end bigint, steps bigint")
    whole = rows.select(
        "*",
        F.lit("watch").alias("device_id"),
        F.lit(1).alias("priority"),
        F.timestamp_millis("start").alias("measured_at"),
        F.timestamp_millis("end").alias("interval_end"),
        F.lit(345).alias("utc_offset_minutes"),
    ).withColumns(
        {
            "event_date": F.col("measured_at").cast("date"),
            "started_at": F.col("measured_at"),
            "ended_at": F.col("interval_end"),
            "interval_steps": F.col("steps"),
            "is_time_estimated": F.lit(False),
            "_reasons": F.array().cast("array<string>"),
        }
    )
    length = F.unix_millis("ended_at") - F.unix_millis("started_at")
    sums = step_intervals.merge(whole).groupBy("event_id").agg(F.sum("steps"), F.sum(length), F.max(length))
    found = {row[0]: row[1:] for row in map(tuple, sums.collect())}
    assert {event: row[:2] for event, row in found.items()} == {
        event: (steps, end - start) for event, _user, start, end, steps in sent
    }
    assert max(longest for _steps, _length, longest in found.values()) <= 60 * MINUTE
