"""What bronze asks of a record: which columns it must have, and reason → the expression that is true of a bad one."""

import polars as pl

_INTERVALS = ("steps", "energy", "distance", "sleep")
_UNITS = {
    "heart_rate": ["bpm"],
    "steps": ["count"],
    "energy": ["kcal", "kJ"],
    "distance": ["m", "km", "mi"],
    "sleep": ["min"],
    "weight": ["kg", "lb"],
    "hrv": ["ms"],
    "spo2": ["%"],
    "skin_temperature": ["degC"],
}


def _not_in(column: str, *known: str) -> pl.Expr:
    return ~pl.col(column).is_in(known)


def _not_between(column: str, least: float, most: float) -> pl.Expr:
    return ~pl.col(column).is_between(least, most)


def _lacks(column: str, metric: str) -> pl.Expr:
    return pl.col(column).is_null() & (pl.col("metric_type") == metric)


def _is_interval() -> pl.Expr:
    return pl.col("metric_type").is_in(_INTERVALS)


def _has_other_unit() -> pl.Expr:
    """Of a known metric; of an unknown one no unit is wrong."""
    metric, unit = pl.col("metric_type"), pl.col("unit")
    return pl.any_horizontal((metric == of) & ~unit.is_in(units) for of, units in _UNITS.items())


_HEALTH = {
    "metric_type_is_known": _not_in("metric_type", *_UNITS),
    "value_is_given": pl.col("value").is_null() & (pl.col("metric_type") != "sleep"),
    "value_is_a_number": _not_between("value", -1e9, 1e9),
    "unit_is_given": pl.col("unit").is_null() & (pl.col("metric_type") != "sleep"),
    "unit_is_known": _has_other_unit(),
    "interval_has_an_end": pl.col("interval_end").is_null() & _is_interval(),
    "interval_ends_after_it_starts": (pl.col("interval_end") <= pl.col("measured_at")) & _is_interval(),
    "energy_type_is_given": _lacks("energy_type", "energy"),
    "energy_type_is_known": _not_in("energy_type", "active", "basal", "total"),
    "sleep_stage_is_given": _lacks("sleep_stage", "sleep"),
    "sleep_stage_is_known": _not_in("sleep_stage", "awake", "light", "deep", "rem", "asleep"),
    "sleep_session_is_given": _lacks("sleep_session_id", "sleep"),
}
_WORKOUTS = {
    "event_type_is_known": _not_in("event_type", "started", "sample", "lap", "paused", "resumed", "finished"),
    "heart_rate_is_plausible": _not_between("heart_rate_bpm", 20, 250),
    "distance_is_plausible": _not_between("distance_m", 0, 2_000_000),
    "power_is_plausible": _not_between("power_w", 0, 3000),
    "latitude_is_on_earth": _not_between("latitude", -90, 90),
    "longitude_is_on_earth": _not_between("longitude", -180, 180),
    "lap_counts_from_one": pl.col("lap") < 1,
}
_APP = {"event_type_is_a_name": ~pl.col("event_type").str.contains(r"\A[a-z][a-z0-9_]{0,62}\z")}
_SOCIAL = {
    "interaction_type_is_known": _not_in(
        "interaction_type",
        *("follow", "unfollow", "like", "comment", "message", "share", "join_group", "leave_group"),
    )
}
_COACH = {
    "role_is_known": _not_in("role", "user", "coach"),
    "tokens_are_not_negative": pl.col("tokens") < 0,
    "latency_is_not_negative": pl.col("latency_ms") < 0,
    "rating_is_one_to_five": _not_between("rating", 1, 5),
}
RULES = {
    "wearables/health_metrics": _HEALTH,
    "workouts/workout_data": _WORKOUTS,
    "app/user_events": _APP,
    "social/social_events": _SOCIAL,
    "ai_coach/ai_interactions": _COACH,
}
