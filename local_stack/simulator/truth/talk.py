"""Truth of conversations with the coach: turns → their rows, and the quality of each date and intent."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from local_stack.simulator.facts import read_facts
from local_stack.simulator.truth.columns import decimal, half_up, local_date
from local_stack.simulator.truth.known import Known


def conversation_turns(known: Known, facts: Path) -> list[dict[str, Any]]:
    """Rows of `ai_coach/conversation_turns`."""
    found = read_facts(facts, "turns")
    return [_turn(known, row) for row in (found.to_pylist() if found else [])]


def _turn(known: Known, row: dict[str, Any]) -> dict[str, Any]:
    assumed = row["offset"] is None
    offset = known.offset(row["user_id"], row["at"]) if assumed else row["offset"]
    kept = {name: value for name, value in row.items() if name not in ("at", "offset")}
    return {
        "event_date": local_date(row["at"], offset),
        **kept,
        "occurred_at": row["at"],
        "utc_offset_minutes": offset,
        "is_offset_assumed": assumed,
    }


def conversation_quality(turns: list[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """Rows of `ai_coach/conversation_quality_daily`."""
    groups: dict[tuple[date, str], list[dict[str, Any]]] = {}
    for turn in turns:
        groups.setdefault((turn["event_date"], turn["intent"] or "unknown"), []).append(turn)
    for (on, intent), of_group in sorted(groups.items()):
        answers = [turn for turn in of_group if turn["role"] == "coach"]
        latencies = sorted(turn["latency_ms"] for turn in answers if turn["latency_ms"] is not None)
        ratings = [turn["rating"] for turn in answers if turn["rating"] is not None]
        yield {
            "event_date": on,
            "intent": intent,
            "conversation_count": len({turn["conversation_id"] for turn in of_group}),
            "user_count": len({turn["user_id"] for turn in of_group}),
            "user_turns": len(of_group) - len(answers),
            "coach_turns": len(answers),
            "tokens": sum(turn["tokens"] or 0 for turn in of_group),
            "latency_avg_ms": half_up(sum(latencies), len(latencies)) if latencies else None,
            # The smallest with 95 of 100 at or below it: 19 of 20, rounded up, counted from one.
            "latency_p95_ms": latencies[-(-19 * len(latencies) // 20) - 1] if latencies else None,
            "latency_max_ms": latencies[-1] if latencies else None,
            "rating_count": len(ratings),
            "rating_avg": decimal(half_up(100 * sum(ratings), len(ratings)), 2) if ratings else None,
        }
