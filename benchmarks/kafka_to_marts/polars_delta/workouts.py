"""Bronze → workouts: what began and ended them, their pauses, what was measured meanwhile."""

import polars as pl

from benchmarks.kafka_to_marts.polars_delta import lake
from benchmarks.kafka_to_marts.polars_delta.people import People
from benchmarks.kafka_to_marts.polars_delta.rounding import hundredths, seconds
from benchmarks.kafka_to_marts.polars_delta.silver import events
from benchmarks.kafka_to_marts.polars_delta.times import local_date, milliseconds

_WORKOUT = "workout_session_id"
_LONGEST_MS = 3 * 24 * 60 * 60 * 1000


def workout_sessions(people: People) -> pl.LazyFrame:
    said = lake.once(events("workouts/workout_data"))
    workouts = _workouts(said).join(_pauses(said), on=_WORKOUT, how="left")
    workouts = workouts.join(_notes(said), on=_WORKOUT, how="left")
    duration = milliseconds("ended_at") - milliseconds("started_at")
    # A pause that no resumption follows lasts to the end.
    last_pause = (milliseconds("ended_at") - pl.col("open_since_ms")).clip(lower_bound=0).fill_null(0)
    paused = pl.col("paused_ms").fill_null(0) + last_pause
    is_good = duration.is_between(0, _LONGEST_MS)
    return people.placed(workouts, "started_at", "own_offset").select(
        local_date(pl.col("started_at")).alias("event_date"),
        *("user_id", _WORKOUT, "device_id", "activity_type", "started_at", "ended_at"),
        seconds(duration).alias("duration_s"),
        seconds(paused).alias("paused_s"),
        *("distance_m", "heart_rate_avg_bpm", "heart_rate_max_bpm", "sample_count", "lap_count", "is_finished"),
        *("notes", "utc_offset_minutes"),
        is_offset_assumed=pl.col("own_offset").is_null(),
        _status=pl.when(is_good).then(pl.lit("accepted")).otherwise(pl.lit("rejected")),
    )


def _workouts(said: pl.LazyFrame) -> pl.LazyFrame:
    """What the first event says counts; one that starts the workout comes before others, one that ends it after."""
    kind, at = pl.col("event_type"), pl.col("occurred_at")
    beats = pl.col("heart_rate_bpm").filter(kind == "sample").cast(pl.Int64)
    millimetres = (pl.col("distance_m").max() * 1000).round(mode="half_away_from_zero")
    return (
        said.sort(kind != "started", "occurred_at", "event_id")
        .group_by(_WORKOUT)
        .agg(
            pl.col("user_id").first(),
            pl.col("device_id", "activity_type").drop_nulls().first(),
            own_offset=pl.col("occurred_offset_minutes").first(),
            started_at=at.first(),
            ended_at=pl.coalesce(at.filter(kind == "finished").max(), at.max()),
            distance_m=(millimetres / 1000).cast(pl.Decimal(14, 3)),
            heart_rate_avg_bpm=hundredths(beats.sum(), beats.count(), 6),
            heart_rate_max_bpm=beats.max().cast(pl.Int32),
            sample_count=(kind == "sample").sum().cast(pl.Int64),
            lap_count=(kind == "lap").sum().cast(pl.Int64),
            is_finished=(kind == "finished").any(),
        )
    )


def _pauses(said: pl.LazyFrame) -> pl.LazyFrame:
    """Of pauses in a row the first counts, so what is no change is left out."""
    workout, kind = pl.col(_WORKOUT), pl.col("event_type")
    stops = said.filter(kind.is_in(["paused", "resumed"])).sort(_WORKOUT, "occurred_at", "event_type")
    changes = stops.filter(workout.ne_missing(workout.shift()) | kind.ne_missing(kind.shift()))
    from_ms = milliseconds("occurred_at")
    spans = changes.select(
        _WORKOUT, "event_type", from_ms=from_ms, to_ms=pl.when(workout == workout.shift(-1)).then(from_ms.shift(-1))
    )
    return (
        spans.filter(kind == "paused")
        .group_by(_WORKOUT)
        .agg(
            paused_ms=(pl.col("to_ms") - pl.col("from_ms")).sum(),
            open_since_ms=pl.col("from_ms").filter(pl.col("to_ms").is_null()).max(),
        )
    )


def _notes(said: pl.LazyFrame) -> pl.LazyFrame:
    """The last ones; few workouts have any."""
    noted = said.filter(pl.col("notes").is_not_null()).sort("occurred_at", "event_id")
    return noted.select(_WORKOUT, "notes").unique(_WORKOUT, keep="last", maintain_order=True)
