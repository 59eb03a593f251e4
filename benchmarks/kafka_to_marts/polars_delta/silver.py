"""Bronze → one true row per event: heart beats, what users did with each other, turns with the coach, sessions."""

import polars as pl

from benchmarks.kafka_to_marts.polars_delta import lake
from benchmarks.kafka_to_marts.polars_delta.people import People
from benchmarks.kafka_to_marts.polars_delta.times import local_date, milliseconds
from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract

_LANDED = ("_logged_at", "_partition", "_offset")
_HEALTH = "wearables/health_metrics"
_OFFSET = "occurred_offset_minutes"
_PAUSE_MS = 30 * 60 * 1000


def first_landed(rows: pl.LazyFrame, *key: str) -> pl.LazyFrame:
    """Of rows with the same key the one that landed first; in order of what the key has beyond its first column."""
    return rows.sort(*key[1:], *_LANDED).unique(key, keep="first", maintain_order=True).drop(_LANDED)


def events(address: str) -> pl.LazyFrame:
    """What sources said, each event once."""
    said = (column.name for column in layout.typed(contract(address)))
    return first_landed(lake.accepted(address, Zone.BRONZE).select(*said, *_LANDED), "event_id")


def measured(metric: str, people: People, *columns: str) -> pl.LazyFrame:
    """The measurements of a metric, with users and their offsets."""
    bronze = lake.accepted(_HEALTH, Zone.BRONZE).filter(pl.col("metric_type") == metric)
    wanted = ("device_id", "measured_at", "measured_offset_minutes", "value", "event_id")
    once = first_landed(bronze.select(*wanted, *columns, *_LANDED), "device_id", "measured_at")
    owned = people.owned(once, "measured_at")
    placed = people.placed(owned, "measured_at", "measured_offset_minutes")
    return placed.with_columns(is_offset_assumed=pl.col("measured_offset_minutes").is_null())


def heart_rate_readings(people: People) -> pl.LazyFrame:
    beats = pl.when(pl.col("unit") == "bpm").then((pl.col("value") + 0.5).floor().cast(pl.Int32, strict=False))
    rows = measured("heart_rate", people, "unit", "source_app").with_columns(heart_rate_bpm=beats)
    return rows.select(
        local_date(pl.col("measured_at")).alias("event_date"),
        *("user_id", "device_id", "measured_at", "heart_rate_bpm", "source_app", "utc_offset_minutes"),
        *("is_offset_assumed", "event_id"),
        _status=_accepted_if(pl.col("heart_rate_bpm").is_between(20, 250)),
    )


def interactions(people: People) -> pl.LazyFrame:
    kind = pl.col("interaction_type")
    lacks_target = pl.col("target_user_id").is_null() & kind.is_in(["follow", "unfollow", "message"])
    lacks_group = pl.col("group_id").is_null() & kind.is_in(["join_group", "leave_group"])
    return _occurred("social/social_events", people).select(
        *("event_date", "event_id", "interaction_type", "user_id", "target_user_id", "group_id", "content_id"),
        *("occurred_at", "utc_offset_minutes", "is_offset_assumed"),
        _status=_accepted_if(~(lacks_target | lacks_group)),
    )


def conversation_turns(people: People) -> pl.LazyFrame:
    return _occurred("ai_coach/ai_interactions", people).select(
        *("event_date", "event_id", "conversation_id", "user_id", "role", "intent", "text", "tokens", "latency_ms"),
        *("rating", "occurred_at", "utc_offset_minutes", "is_offset_assumed"),
        _status=pl.lit("accepted"),
    )


def user_sessions(people: People) -> pl.LazyFrame:
    """Events of a user with no pause between them, cut at midnight on the wrist."""
    at, user = pl.col("at_ms"), pl.col("user_id")
    rows = _occurred("app/user_events", people).with_columns(at_ms=milliseconds("occurred_at"))
    in_order = rows.sort("user_id", "at_ms", "event_id")
    until = pl.when(user == user.shift(-1)).then(at.shift(-1) - at)
    begins = user.ne_missing(user.shift()) | (at - at.shift() > _PAUSE_MS)
    numbered = in_order.with_columns(until=until, begins=begins).with_columns(session=pl.col("begins").cum_sum())
    return (
        numbered.group_by("session", "event_date")
        .agg(
            pl.col("user_id").first(),
            started_at=pl.col("occurred_at").min(),
            ended_at=pl.col("occurred_at").max(),
            duration_ms=pl.col("until").filter(pl.col("until") <= _PAUSE_MS).sum(),
            event_count=pl.len().cast(pl.Int64),
            screen_count=(pl.col("event_type") == "screen_viewed").sum().cast(pl.Int64),
            is_continued=~pl.col("begins").any(),
            platform=pl.col("platform").first(),
            app_version=pl.col("app_version").first(),
            utc_offset_minutes=pl.col("utc_offset_minutes").first(),
            is_offset_assumed=pl.col("is_offset_assumed").any(),
        )
        .select(pl.exclude("session"), _status=pl.lit("accepted"))
    )


def _occurred(address: str, people: People) -> pl.LazyFrame:
    """Events of users, on the days on their wrists."""
    return people.placed(events(address), "occurred_at", _OFFSET).with_columns(
        event_date=local_date(pl.col("occurred_at")), is_offset_assumed=pl.col(_OFFSET).is_null()
    )


def _accepted_if(is_good: pl.Expr) -> pl.Expr:
    return pl.when(is_good).then(pl.lit("accepted")).otherwise(pl.lit("rejected"))
