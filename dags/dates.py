"""Which dates a run rebuilds: run type, data interval and form → `--from D --to D`, or nothing.

Nothing means: what newly arrived and the dates it affects, which the job finds by itself.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from airflow.sdk import Param


def _date_field(title: str) -> Param:
    words = "Local date, inclusive. Leave both dates empty to take what newly arrived."
    return Param(None, type=["null", "string"], format="date", title=title, description=words)


FORM = {
    "from": _date_field("First date to rebuild"),
    "to": _date_field("Last date to rebuild"),
    "backfill": Param(
        None,
        type=["null", "integer"],
        minimum=1,
        title="Backfill to publish",
        description="Number of a staged backfill whose rows this run takes over and releases. No dates then.",
    ),
}


def rebuilt(run_type: str, interval: tuple[datetime, datetime] | None, params: Mapping[str, Any]) -> list[str]:
    """The arguments of a job for the dates that this run rebuilds; empty for a run over what newly arrived.

    Raises ValueError: half a range, a range that ends before it begins, a range given to a backfill, or to a run that
    publishes a staged one.
    """
    asked = [date.fromisoformat(params[name]) if params.get(name) else None for name in ("from", "to")]
    if params.get("backfill") and (any(asked) or run_type == "backfill"):
        raise ValueError("a run that publishes a backfill takes no dates")
    if run_type == "backfill":
        if any(asked):
            raise ValueError("a backfill rebuilds the dates of its intervals; leave `from` and `to` empty")
        if interval is None:
            raise ValueError("a backfill run without a data interval has no dates to rebuild")
        begin, end = interval
        asked = [begin.date(), (end - timedelta(microseconds=1)).date()]
    first, last = asked
    if first is None and last is None:
        return []
    if first is None or last is None:
        raise ValueError("give both `from` and `to`, or neither")
    if last < first:
        raise ValueError(f"the range ends on {last}, before it begins on {first}")
    return ["--from", first.isoformat(), "--to", last.isoformat()]
