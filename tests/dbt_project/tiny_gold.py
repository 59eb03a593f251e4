"""Rows of gold that reach their marts as they are: mart → dataset and rows."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

MONDAY, TUESDAY, NEXT_MONDAY = date(2025, 3, 24), date(2025, 3, 25), date(2025, 3, 31)


def instant(text: str) -> datetime:
    """UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


APP_USAGE = (
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "session_count": 2,
        "event_count": 9,
        "screen_count": 6,
        "seconds_in_app": 241,
        "first_seen_at": instant("2025-03-24 06:00:00"),
        "last_seen_at": instant("2025-03-24 20:00:00"),
    },
)
INTERACTIONS = (
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "interaction_type": "like",
        "interaction_count": 3,
        "target_count": 2,
        "group_count": 0,
    },
)
ENGAGEMENT = (
    {
        "event_date": MONDAY,
        "daily_active_users": 1,
        "weekly_active_users": 2,
        "monthly_active_users": 3,
        "app_users": 1,
        "interacting_users": 1,
        "session_count": 2,
        "interaction_count": 3,
        "stickiness": Decimal("0.3333"),
        "interaction_rate": Decimal("1.0000"),
    },
)
NETWORK = (
    {
        "event_date": MONDAY,
        "nodes": 3,
        "edges": 2,
        "new_edges": 1,
        "lost_edges": 0,
        "density": Decimal("0.333333333333"),
    },
    {"event_date": TUESDAY, "nodes": 0, "edges": 0, "new_edges": 0, "lost_edges": 2},
)
COMMUNITY = (
    {
        "group_id": "runners",
        "week_start_date": MONDAY,
        "members": 4,
        "new_members": 2,
        "left_members": 1,
        "active_members": 3,
        "retention": Decimal("0.6667"),
    },
    {
        "group_id": "swimmers",
        "week_start_date": MONDAY,
        "members": 1,
        "new_members": 1,
        "left_members": 0,
        "active_members": 0,
    },
)
CONVERSATIONS = (
    {
        "event_date": MONDAY,
        "intent": "nutrition",
        "conversation_count": 1,
        "user_count": 1,
        "user_turns": 1,
        "coach_turns": 1,
        "tokens": 40,
        "latency_avg_ms": 900,
        "latency_p95_ms": 900,
        "latency_max_ms": 900,
        "rating_count": 0,
    },
)
CALORIES = (
    {
        "user_id": "anna",
        "activity_date": MONDAY,
        "active_kcal": Decimal("410.500"),
        "basal_kcal": Decimal("1500.000"),
        "total_kcal": Decimal("1910.500"),
        "is_basal_estimated": False,
    },
    {
        "user_id": "ben",
        "activity_date": MONDAY,
        "active_kcal": Decimal("99.001"),
        "total_kcal": Decimal("99.001"),
        "estimated_basal_kcal": Decimal("1612.345"),
        "is_basal_estimated": True,
    },
)
HOURS_OF_HEART_RATE = (
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "window_start_at": instant("2025-03-24 10:00:00"),
        "avg_bpm": Decimal("60.50"),
        "min_bpm": 60,
        "max_bpm": 61,
        "sum_bpm": 121,
        "reading_count": 2,
    },
)
TREND_OF_HEART_RATE = (
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "minute_start_at": instant("2025-03-24 10:05:00"),
        "avg_bpm": Decimal("60.50"),
        "min_bpm": 60,
        "max_bpm": 61,
        "reading_count": 2,
    },
    {
        "user_id": "anna",
        "event_date": MONDAY,
        "minute_start_at": instant("2025-03-24 10:15:00"),
        "avg_bpm": Decimal("58.00"),
        "min_bpm": 58,
        "max_bpm": 58,
        "reading_count": 1,
        "change_bpm": Decimal("-2.50"),
    },
)
WORKOUTS = (
    {
        "workout_session_id": "run",
        "user_id": "anna",
        "event_date": MONDAY,
        "activity_type": "running",
        "started_at": instant("2025-03-24 06:00:00"),
        "duration_s": 1800,
        "moving_s": 1700,
        "distance_m": Decimal("5000.000"),
        "heart_rate_avg_bpm": Decimal("140.50"),
        "max_heart_rate_bpm": 177,
        "seconds_zone_1": 100,
        "seconds_zone_2": 200,
        "seconds_zone_3": 700,
        "seconds_zone_4": 600,
        "seconds_zone_5": 100,
        "load": Decimal("93.33"),
    },
    {
        "workout_session_id": "swim",
        "user_id": "ben",
        "event_date": TUESDAY,
        "activity_type": "swimming",
        "started_at": instant("2025-03-25 06:00:00"),
        "duration_s": 60,
        "moving_s": 60,
    },
)
PROGRESS = (
    {
        "user_id": "anna",
        "week_start_date": MONDAY,
        "active_days": 1,
        "steps": 9000,
        "active_minutes": 42,
        "workout_count": 1,
        "workout_minutes": 28,
    },
)
GOALS = (
    {
        "user_id": "anna",
        "goal_id": "walk",
        "month_start_date": date(2025, 3, 1),
        "goal_type": "steps",
        "target_unit": "count",
        "goal_days": 8,
        "measured_days": 2,
        "target_total": Decimal("72000.000"),
        "achieved_total": Decimal("9500.000"),
        "achieved_share": Decimal("0.1319"),
    },
    {
        "user_id": "ben",
        "goal_id": "sleep",
        "month_start_date": date(2025, 3, 1),
        "goal_type": "sleep",
        "target_unit": "min",
        "goal_days": 31,
        "measured_days": 0,
        "target_total": Decimal("13950.000"),
    },
)
TRENDS = (
    {
        "user_id": "anna",
        "metric": "steps",
        "week_start_date": MONDAY,
        "metric_value": Decimal("9000.000"),
        "week_count": 3,
        "slope_per_week": Decimal("-12.345"),
    },
)

MARTS: dict[str, tuple[str, tuple[dict[str, Any], ...]]] = {
    "fct_app_usage_daily": ("app/user_sessions_daily", APP_USAGE),
    "fct_interactions_daily": ("social/interaction_frequency", INTERACTIONS),
    "fct_engagement_daily": ("social/engagement_daily", ENGAGEMENT),
    "fct_network_growth_daily": ("social/network_growth_daily", NETWORK),
    "fct_community_weekly": ("social/community_weekly", COMMUNITY),
    "fct_conversation_quality_daily": ("ai_coach/conversation_quality_daily", CONVERSATIONS),
    "fct_daily_calories": ("health/daily_calories", CALORIES),
    "fct_heart_rate_1h": ("health/heart_rate_1h", HOURS_OF_HEART_RATE),
    "fct_heart_rate_trend": ("health/heart_rate_trend", TREND_OF_HEART_RATE),
    "fct_workouts": ("fitness/workout_intensity", WORKOUTS),
    "fct_weekly_progress": ("fitness/weekly_progress", PROGRESS),
    "fct_monthly_goals": ("fitness/monthly_goals", GOALS),
    "fct_performance_trends": ("fitness/performance_trends", TRENDS),
}
