"""Truth of engagement: who did what on which date → frequency by user, people by date."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from local_stack.simulator.truth.app_sessions import Session
from local_stack.simulator.truth.columns import decimal, half_up

Rows = list[dict[str, Any]]


def interaction_frequency(interactions: Rows) -> Iterator[dict[str, object]]:
    """Rows of `social/interaction_frequency`."""
    groups: dict[tuple[date, str, str], Rows] = {}
    for one in interactions:
        groups.setdefault((one["event_date"], one["user_id"], one["interaction_type"]), []).append(one)
    for (on, user_id, kind), of_group in sorted(groups.items()):
        yield {
            "event_date": on,
            "user_id": user_id,
            "interaction_type": kind,
            "interaction_count": len(of_group),
            "target_count": len({one["target_user_id"] for one in of_group} - {None}),
            "group_count": len({one["group_id"] for one in of_group} - {None}),
        }


def engagement_daily(sessions: list[Session], interactions: Rows) -> Iterator[dict[str, object]]:
    """Rows of `social/engagement_daily`."""
    in_app, in_touch = _people((s.on, s.user_id) for s in sessions), _people(_acts(interactions))
    begun = Counter(session.on for session in sessions if not session.is_continued)
    acts = Counter(one["event_date"] for one in interactions)
    active = {on: in_app.get(on, set()) | in_touch.get(on, set()) for on in {*in_app, *in_touch}}
    for on, today in sorted(active.items()):
        week, month = (_together(active, on, days) for days in (7, 30))
        interacting = len(in_touch.get(on, set()))
        yield {
            "event_date": on,
            "daily_active_users": len(today),
            "weekly_active_users": len(week),
            "monthly_active_users": len(month),
            "app_users": len(in_app.get(on, set())),
            "interacting_users": interacting,
            "session_count": begun[on],
            "interaction_count": acts[on],
            "stickiness": decimal(half_up(10_000 * len(today), len(month)), 4),
            "interaction_rate": decimal(half_up(10_000 * interacting, len(today)), 4),
        }


def _acts(interactions: Rows) -> Iterator[tuple[date, str]]:
    return ((one["event_date"], one["user_id"]) for one in interactions)


def _people(seen: Iterator[tuple[date, str]]) -> dict[date, set[str]]:
    found: dict[date, set[str]] = {}
    for on, user_id in seen:
        found.setdefault(on, set()).add(user_id)
    return found


def _together(active: dict[date, set[str]], on: date, days: int) -> set[str]:
    """Who was active on the date or one of the days before it."""
    return set().union(*(active.get(on - timedelta(days=back), set()) for back in range(days)))
