"""Truth of ties: interactions replayed one by one → the network as each date ends, the groups as each week ends."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from local_stack.simulator.truth.columns import decimal, half_up

Rows = list[dict[str, Any]]
DENSITY_DIGITS, RETENTION_DIGITS = 12, 4


def _in_order(interactions: Rows) -> Rows:
    return sorted(interactions, key=lambda one: (one["event_date"], one["occurred_at"], one["event_id"]))


def network_growth_daily(interactions: Rows) -> Iterator[dict[str, Any]]:
    """Rows of `social/network_growth_daily`."""
    following: set[tuple[str, str]] = set()
    for on, acts in groupby(_in_order(interactions), key=lambda one: one["event_date"]):
        yesterday = set(following)
        for act in acts:
            pair = act["user_id"], act["target_user_id"]
            if act["interaction_type"] == "follow" and pair[0] != pair[1]:
                following.add(pair)
            elif act["interaction_type"] == "unfollow":
                following.discard(pair)
        nodes = len({user for pair in following for user in pair})
        density = half_up(len(following) * 10**DENSITY_DIGITS, nodes * (nodes - 1)) if nodes else None
        yield {
            "event_date": on,
            "nodes": nodes,
            "edges": len(following),
            "new_edges": len(following - yesterday),
            "lost_edges": len(yesterday - following),
            "density": None if density is None else decimal(density, DENSITY_DIGITS),
        }


def community_weekly(interactions: Rows) -> Iterator[dict[str, Any]]:
    """Rows of `social/community_weekly`."""
    members: dict[str, set[str]] = {}
    for monday, acts in groupby(_in_order(interactions), key=lambda one: _monday(one["event_date"])):
        week = list(acts)
        before = {group: set(people) for group, people in members.items()}
        for act in week:
            people = members.setdefault(act["group_id"], set())
            if act["interaction_type"] == "join_group":
                people.add(act["user_id"])
            elif act["interaction_type"] == "leave_group":
                people.discard(act["user_id"])
        on_sunday = sum(act["event_date"] == monday + timedelta(days=6) for act in week)
        if on_sunday / (len(week) / 7) >= 0.5:
            acted = {
                (act["group_id"], act["user_id"]) for act in week if not act["interaction_type"].endswith("_group")
            }
            for group in sorted(group for group in members if group and (members[group] or before.get(group))):
                yield _week(monday, group, before.get(group, set()), members[group], acted)


def _week(monday: date, group: str, before: set[str], now: set[str], acted: set[tuple[str, str]]) -> dict[str, Any]:
    stayed = half_up(len(before & now) * 10**RETENTION_DIGITS, len(before)) if before else None
    return {
        "week_start_date": monday,
        "group_id": group,
        "members": len(now),
        "new_members": len(now - before),
        "left_members": len(before - now),
        "active_members": sum((group, person) in acted for person in now),
        "retention": None if stayed is None else decimal(stayed, RETENTION_DIGITS),
    }


def _monday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() - 1)
