"""The day on the wrist: thousands of instants of users who move, near changes of clocks, against Python's own zones."""

from pyspark.sql import functions as F

from spark_jobs.silver.local_time import local_date, with_offset
from tests.spark_jobs.chance import chance
from tests.spark_jobs.edges_of_time import DAY, MINUTE, STEPS, ZONES, edge, local_day, offset_at

CASES = 4_000


def test_the_offset_and_date_of_four_thousand_random_instants_equal_a_reference(spark):
    source = chance("local time")
    events, versions, expected = [], [], []
    for case in range(CASES):
        zones = [source.choice(ZONES), source.choice(ZONES)]
        moved_at = edge(source, zones[0]) + source.randrange(-2, 3) * 60 * MINUTE
        at = (moved_at if source.random() < 0.3 else edge(source, source.choice(zones))) + source.choice(STEPS)
        own = source.choice((0, -660, -210, 345, 765, 840)) if source.random() < 0.3 else None
        # Some are known since the beginning, some from an instant on, some not at all.
        until, since = moved_at, source.choice((None, moved_at, moved_at + DAY))
        known = source.random()
        if known < 0.9:
            versions += [(f"user {case}", zones[0], 0, until if since else None)]
            versions += [(f"user {case}", zones[1], since, None)] if since else []
        user = f"user {case}" if known < 0.95 else None
        events.append((case, user, at, own))
        expected.append((case, *_told(at, own, zones, until, since, is_known=known < 0.9)))
    schema = "case int, user_id string, at_ms bigint, own int"
    rows = spark.createDataFrame(events, schema).withColumn("at", F.timestamp_millis("at_ms"))
    users = spark.createDataFrame(versions, "user_id string, time_zone string, since bigint, until bigint").withColumns(
        {"valid_from": F.timestamp_millis("since"), "valid_to": F.timestamp_millis("until")}
    )
    placed = with_offset(rows, users, "at", "own")
    on = local_date(F.col("at"), F.col("utc_offset_minutes"))
    found = placed.select("case", "utc_offset_minutes", on.alias("on"), "is_offset_assumed").collect()
    assert sorted(map(tuple, found)) == expected


def _told(at: int, own: int | None, zones: list[str], until: int, since: int | None, *, is_known: bool) -> tuple:
    """Offset, date and whether the offset was assumed: nothing is known between two versions that do not meet."""
    offset = own
    if own is None and is_known:
        zone = zones[0] if since is None or at < until else zones[1] if at >= since else None
        offset = offset_at(zone, at) if zone else 0
    offset = offset or 0
    return offset, local_day(at, offset), own is None
