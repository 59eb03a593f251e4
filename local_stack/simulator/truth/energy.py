"""Truth of `health/daily_calories`: calories by day, and what a body at rest burns where no device told it."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from local_stack.simulator.places import HOUR, utc_midnight
from local_stack.simulator.truth.columns import decimal
from local_stack.simulator.truth.intervals import Movement, UserDate
from local_stack.simulator.truth.known import Known

OF_SEX = {"male": 5, "female": -161}
LONGEST_AGE_OF_A_WEIGHT = timedelta(days=27)


def calories(moved: Movement, day: UserDate) -> dict[str, int | None]:
    """Active, basal and total; the total is told or the sum of what was told."""
    told = {kind: moved.amounts[kind].get(day) for kind in ("active", "basal", "total")}
    parts = [amount for amount in told.values() if amount is not None]
    return {**told, "total": sum(parts) if told["total"] is None and parts else told["total"]}


def daily_calories(known: Known, moved: Movement, weighings: Iterable[dict[str, Any]]) -> Iterator[dict[str, object]]:
    """Rows of the gold table."""
    weights: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(weighings, key=lambda one: (one["measured_at"], one["device_id"])):
        weights.setdefault(one["user_id"], []).append(one)
    days = {day for kind in ("active", "basal", "total") for day in moved.amounts[kind]}
    for user_id, on in sorted(days):
        day = user_id, on
        is_told = any(day in moved.amounts[kind] for kind in ("basal", "total"))
        resting = None if is_told else _resting_kcal(known, user_id, on, weights.get(user_id, []))
        burnt = {
            kind: amount if amount is None else decimal(amount, 3) for kind, amount in calories(moved, day).items()
        }
        yield {
            "activity_date": on,
            "user_id": user_id,
            **{f"{kind}_kcal": amount for kind, amount in burnt.items()},
            "estimated_basal_kcal": resting,
            "is_basal_estimated": resting is not None,
        }


def _resting_kcal(known: Known, user_id: str, on: date, weighings: list[dict[str, Any]]) -> Decimal | None:
    """Mifflin and St Jeor's equation."""
    recent = [one["weight_kg"] for one in weighings if on - LONGEST_AGE_OF_A_WEIGHT <= one["event_date"] <= on]
    person = known.user(user_id, utc_midnight(on) + 12 * HOUR)
    if not recent or person is None or person["sex"] not in OF_SEX:
        return None
    weight_kg, height_cm = Decimal(recent[-1]), Decimal(person["height_cm"])
    age = on.year - int(person["birth_year"])
    return 10 * weight_kg + Decimal("6.25") * height_cm - 5 * age + OF_SEX[person["sex"]]
