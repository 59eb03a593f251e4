"""Silver → windows and days."""

import polars as pl

from benchmarks.kafka_to_marts.polars_delta import lake
from benchmarks.kafka_to_marts.polars_delta.rounding import hundredths, rounded, seconds
from lake_layout.contracts import Zone


def heart_rate_1m() -> pl.LazyFrame:
    """A window is on the day of its first reading."""
    bpm = pl.col("heart_rate_bpm")
    readings = lake.accepted("wearables/heart_rate_readings", Zone.SILVER).filter(pl.col("user_id").is_not_null())
    window = pl.col("measured_at").dt.truncate("1m").alias("window_start_at")
    return _averaged(
        readings.group_by("user_id", window).agg(
            event_date=pl.col("event_date").min_by(pl.struct("measured_at", "event_date")),
            min_bpm=bpm.min(),
            max_bpm=bpm.max(),
            sum_bpm=bpm.cast(pl.Int64).sum(),
            reading_count=pl.len().cast(pl.Int64),
        )
    )


def heart_rate_1h() -> pl.LazyFrame:
    minutes = lake.scan("health/heart_rate_1m", Zone.GOLD)
    window = pl.col("window_start_at").dt.truncate("1h").alias("hour")
    return _averaged(
        minutes.group_by("user_id", window)
        .agg(
            pl.col("event_date").min_by("window_start_at"),
            pl.col("min_bpm").min(),
            pl.col("max_bpm").max(),
            pl.col("sum_bpm", "reading_count").sum(),
        )
        .rename({"hour": "window_start_at"})
    )


def _averaged(windows: pl.LazyFrame) -> pl.LazyFrame:
    return windows.with_columns(avg_bpm=hundredths(pl.col("sum_bpm"), pl.col("reading_count"), 6))


def hourly_steps() -> pl.LazyFrame:
    intervals = lake.accepted("wearables/step_intervals", Zone.SILVER)
    local = pl.col("started_at") + pl.duration(minutes="utc_offset_minutes")
    return (
        intervals.filter(pl.col("user_id").is_not_null(), ~pl.col("is_time_estimated"))
        .group_by("event_date", "user_id", local.dt.hour().cast(pl.Int32).alias("local_hour"), "utc_offset_minutes")
        .agg(pl.col("steps").sum())
    )


def user_sessions_daily() -> pl.LazyFrame:
    sessions = lake.accepted("app/user_sessions", Zone.SILVER)
    return sessions.group_by("event_date", "user_id").agg(
        pl.col("event_count", "screen_count").sum(),
        session_count=(~pl.col("is_continued")).sum().cast(pl.Int64),
        seconds_in_app=seconds(pl.col("duration_ms").sum()),
        first_seen_at=pl.col("started_at").min(),
        last_seen_at=pl.col("ended_at").max(),
    )


def interaction_frequency() -> pl.LazyFrame:
    return (
        lake.accepted("social/interactions", Zone.SILVER)
        .group_by("event_date", "user_id", "interaction_type")
        .agg(
            interaction_count=pl.len().cast(pl.Int64),
            target_count=_distinct("target_user_id"),
            group_count=_distinct("group_id"),
        )
    )


def conversation_quality_daily() -> pl.LazyFrame:
    is_answer = pl.col("role") == "coach"
    latency, stars = (pl.col(name).filter(is_answer).drop_nulls().cast(pl.Int64) for name in ("latency_ms", "rating"))
    return (
        lake.accepted("ai_coach/conversation_turns", Zone.SILVER)
        .group_by("event_date", pl.col("intent").fill_null("unknown"))
        .agg(
            conversation_count=_distinct("conversation_id"),
            user_count=_distinct("user_id"),
            user_turns=(~is_answer).sum().cast(pl.Int64),
            coach_turns=is_answer.sum().cast(pl.Int64),
            tokens=pl.col("tokens").cast(pl.Int64).sum(),
            latency_avg_ms=rounded(latency.sum(), latency.count()),
            latency_p95_ms=latency.quantile(0.95, "equiprobable").cast(pl.Int32),
            latency_max_ms=latency.max().cast(pl.Int32),
            rating_count=stars.count().cast(pl.Int64),
            rating_avg=hundredths(stars.sum(), stars.count(), 5),
        )
    )


def _distinct(name: str) -> pl.Expr:
    return pl.col(name).drop_nulls().n_unique().cast(pl.Int64)


TABLES = {
    "health/heart_rate_1m": heart_rate_1m,
    "health/heart_rate_1h": heart_rate_1h,
    "health/hourly_steps": hourly_steps,
    "app/user_sessions_daily": user_sessions_daily,
    "social/interaction_frequency": interaction_frequency,
    "ai_coach/conversation_quality_daily": conversation_quality_daily,
}
