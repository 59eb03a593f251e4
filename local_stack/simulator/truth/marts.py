"""All truth there is: facts and the database's history → `<home>/truth/<mart>.parquet`."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from local_stack.simulator.facts import OFFSET_UNKNOWN, read_facts
from local_stack.simulator.places import DAY, HOUR, MINUTE, midnight, utc_midnight
from local_stack.simulator.truth.app_sessions import sessions, user_sessions, user_sessions_daily
from local_stack.simulator.truth.columns import decimal, half_up, local_date, table
from local_stack.simulator.truth.effort import workout_intensity
from local_stack.simulator.truth.energy import calories, daily_calories
from local_stack.simulator.truth.engagement import engagement_daily, interaction_frequency
from local_stack.simulator.truth.heart_rate import LENGTHS, beats, trend, windows
from local_stack.simulator.truth.intervals import Movement, UserDate, movement
from local_stack.simulator.truth.known import Known
from local_stack.simulator.truth.months import monthly_goals
from local_stack.simulator.truth.network import community_weekly, network_growth_daily
from local_stack.simulator.truth.sleep import asleep_ms, nightly_sleep, stays
from local_stack.simulator.truth.talk import conversation_quality, conversation_turns
from local_stack.simulator.truth.weeks import performance_trends, weekly_progress

FEWEST_READINGS = 3
# Table → kind of fact, column, the fact's name, decimals of the column.
INSTANTS = {
    "body_measurements": ("weights", "weight_kg", "grams", 3),
    "hrv_readings": ("hrv", "hrv_ms", "hundredths", 2),
    "spo2_readings": ("spo2", "spo2_percent", "hundredths", 2),
}


def marts(known: Known, facts: Path) -> dict[str, pa.Table]:
    """Every mart by name."""
    moved, slept, beaten = movement(known, facts), stays(known, facts), beats(known, facts)
    rates = {name: windows(beaten, name) for name in LENGTHS}
    visits, acts, turns = sessions(known, facts), list(_interactions(known, facts)), conversation_turns(known, facts)
    activity = list(_daily_activity(known, moved, asleep_ms(slept), rates["heart_rate_5m"]))
    workouts = list(_workouts(known, facts))
    weeks, nights = weekly_progress(activity, workouts), nightly_sleep(slept)
    instants = {name: list(_instants(known, facts, *told)) for name, told in INSTANTS.items()}
    return {
        **rates,
        "heart_rate_trend": trend(beaten),
        "fct_nightly_sleep": nights,
        "fct_daily_activity": table("health/daily_activity", activity),
        "daily_calories": table("health/daily_calories", daily_calories(known, moved, instants["body_measurements"])),
        "hourly_steps": table("health/hourly_steps", _hourly_steps(moved)),
        "workout_intensity": table("fitness/workout_intensity", workout_intensity(known, facts, workouts)),
        "workout_sessions": table("workouts/workout_sessions", workouts),
        "weekly_progress": table("fitness/weekly_progress", weeks),
        "monthly_goals": table("fitness/monthly_goals", monthly_goals(known, activity, nights.to_pylist(), workouts)),
        "performance_trends": table("fitness/performance_trends", performance_trends(weeks)),
        **{name: table(f"wearables/{name}", rows) for name, rows in instants.items()},
        "interactions": table("social/interactions", acts),
        "interaction_frequency": table("social/interaction_frequency", interaction_frequency(acts)),
        "engagement_daily": table("social/engagement_daily", engagement_daily(visits, acts)),
        "network_growth_daily": table("social/network_growth_daily", network_growth_daily(acts)),
        "community_weekly": table("social/community_weekly", community_weekly(acts)),
        "user_sessions": table("app/user_sessions", user_sessions(visits)),
        "user_sessions_daily": table("app/user_sessions_daily", user_sessions_daily(visits)),
        "conversation_turns": table("ai_coach/conversation_turns", turns),
        "conversation_quality_daily": table("ai_coach/conversation_quality_daily", conversation_quality(turns)),
        "dim_users": _newest(known, "users"),
        "dim_devices": _newest(known, "devices"),
        "dim_groups": _newest(known, "groups"),
        "users_history": _history(known, "users"),
        "devices_history": _history(known, "devices"),
    }


def write_marts(known: Known, folder: Path) -> dict[str, int]:
    """Write every mart below `folder`; returns their row counts."""
    counts = {}
    for name, rows in marts(known, folder / "facts").items():
        pq.write_table(rows, folder / f"{name}.parquet")
        counts[name] = rows.num_rows
    return counts


def _resting_bpm(windows: pa.Table) -> dict[UserDate, int | None]:
    """Of every date with readings, the lowest mean of a window with enough of them."""
    resting: dict[UserDate, int | None] = {}
    names = ("user_id", "event_date", "sum_bpm", "reading_count")
    for user_id, on, total, count in zip(*(windows.column(name).to_pylist() for name in names), strict=True):
        lowest = resting.setdefault((user_id, on), None)
        mean = half_up(total, count)
        if count >= FEWEST_READINGS and (lowest is None or mean < lowest):
            resting[user_id, on] = mean
    return resting


def _length_ms(known: Known, user_id: str, on: date) -> int:
    zone = known.zone(user_id, utc_midnight(on) + 12 * HOUR)
    return midnight(zone, on + timedelta(days=1)) - midnight(zone, on) if zone else DAY


def _daily_activity(
    known: Known, moved: Movement, asleep: dict[UserDate, int], five_minutes: pa.Table
) -> Iterator[dict[str, object]]:
    resting = _resting_bpm(five_minutes)
    days = {day for of_measure in moved.amounts.values() for day in of_measure} | set(resting)
    for user_id, on in sorted(days):
        day = user_id, on
        burnt = calories(moved, day)
        still = _length_ms(known, user_id, on) - moved.moving_ms.get(day, 0) - asleep.get(day, 0)
        yield {
            "activity_date": on,
            "user_id": user_id,
            "steps": moved.amounts["steps"].get(day),
            "distance_m": _thousandths(moved.amounts["distance"].get(day)),
            **{f"{kind}_kcal": _thousandths(amount) for kind, amount in burnt.items()},
            "active_minutes": half_up(moved.brisk_ms.get(day, 0), MINUTE),
            "sedentary_minutes": half_up(max(0, still), MINUTE),
            "resting_heart_rate_bpm": resting.get(day),
        }


def _thousandths(whole: int | None) -> object:
    return None if whole is None else decimal(whole, 3)


def _hourly_steps(moved: Movement) -> Iterator[dict[str, object]]:
    for (user_id, on, hour, offset), steps in sorted(moved.hourly_steps.items()):
        yield {"event_date": on, "user_id": user_id, "local_hour": hour, "utc_offset_minutes": offset, "steps": steps}


def _workouts(known: Known, facts: Path) -> Iterator[dict[str, object]]:
    found = read_facts(facts, "workouts")
    for row in found.to_pylist() if found else []:
        assumed = row["offset"] is None
        offset = known.offset(row["user_id"], row["started_at"]) if assumed else row["offset"]
        bpm = row["bpm"]
        yield {
            "event_date": local_date(row["started_at"], offset),
            "user_id": row["user_id"],
            "workout_session_id": row["session_id"],
            "device_id": row["device_id"],
            "activity_type": row["activity"],
            "started_at": row["started_at"],
            "ended_at": row["ended_at"],
            "duration_s": half_up(row["ended_at"] - row["started_at"], 1000),
            "paused_s": half_up(row["paused_ms"], 1000),
            "distance_m": decimal(row["distance_mm"], 3),
            "heart_rate_avg_bpm": decimal(half_up(100 * sum(bpm), len(bpm)), 2),
            "heart_rate_max_bpm": max(bpm),
            "sample_count": len(bpm),
            "lap_count": row["laps"],
            "is_finished": True,
            "notes": row["notes"],
            "utc_offset_minutes": offset,
            "is_offset_assumed": assumed,
        }


def _instants(known: Known, facts: Path, kind: str, column: str, fact: str, scale: int) -> Iterator[dict[str, object]]:
    """Readings at one instant; a fact is a whole number of the column's smallest unit."""
    found = read_facts(facts, kind)
    for row in found.to_pylist() if found else []:
        owner = known.owner(row["device_id"], row["at"])
        user_id = owner.user_id if owner else None
        assumed = row["offset"] == OFFSET_UNKNOWN
        offset = known.offset(user_id, row["at"]) if assumed else row["offset"]
        yield {
            "event_date": local_date(row["at"], offset),
            "user_id": user_id,
            "device_id": row["device_id"],
            "measured_at": row["at"],
            column: decimal(row[fact], scale),
            "utc_offset_minutes": offset,
            "is_offset_assumed": assumed,
        }


def _interactions(known: Known, facts: Path) -> Iterator[dict[str, object]]:
    found = read_facts(facts, "interactions")
    for row in found.to_pylist() if found else []:
        assumed = row["offset"] is None
        offset = known.offset(row["user_id"], row["occurred_at"]) if assumed else row["offset"]
        yield {
            "event_date": local_date(row["occurred_at"], offset),
            "event_id": row["event_id"],
            "interaction_type": row["kind"],
            "user_id": row["user_id"],
            "target_user_id": row["target_user_id"],
            "group_id": row["group_id"],
            "content_id": row["content_id"],
            "occurred_at": row["occurred_at"],
            "utc_offset_minutes": offset,
            "is_offset_assumed": assumed,
        }


def _newest(known: Known, name: str) -> pa.Table:
    """One row per key: its newest version, and when it was deleted."""
    newest = [versions[-1] for _key, versions in sorted(known.versions(name).items())]
    deleted_at = pa.array([version.valid_to for version in newest], pa.timestamp("ms", tz="UTC"))
    return table(f"app_db/{name}", (version.row for version in newest)).append_column("deleted_at", deleted_at)


def _history(known: Known, name: str) -> pa.Table:
    """All versions with `valid_from` and `valid_to`."""
    found = [version for _key, versions in sorted(known.versions(name).items()) for version in versions]
    instants = pa.timestamp("ms", tz="UTC")
    valid_from = pa.array([version.valid_from for version in found], instants)
    valid_to = pa.array([version.valid_to for version in found], instants)
    rows = table(f"app_db/{name}", (version.row for version in found))
    return rows.append_column("valid_from", valid_from).append_column("valid_to", valid_to)
