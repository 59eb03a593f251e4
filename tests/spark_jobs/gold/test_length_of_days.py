"""Local days of all zones are as long as their quarters of an hour together, where clocks change and elsewhere."""

from datetime import date, timedelta

from lake_layout.contracts import Zone
from spark_jobs.gold.health import daily_activity
from tests.spark_jobs.chance import chance
from tests.spark_jobs.edges_of_time import DAY, QUARTER, SPANS, ZONES, changes, instant, local_day, offset_at


def test_the_still_minutes_of_a_day_without_movement_are_its_length(table, users, values):
    source = chance("length of days")
    near = {(zone, local_day(at + step * DAY, 0)) for zone in ZONES for at in changes(zone) for step in (-1, 0, 1)}
    dates = [first + timedelta(days=number) for first, count in SPANS for number in range(count)]
    days = sorted(near | {(zone, source.choice(dates)) for zone in ZONES for _ in range(100)})
    assert len(days) > 1_500
    still = [{"user_id": zone, "event_date": on, "distance_mm": 1, "is_time_estimated": False} for zone, on in days]
    names = {"steps": "step_intervals", "energies": "energy_intervals", "sleeps": "sleep_sessions"}
    found = daily_activity.transform(
        distances=table("wearables/distance_intervals", Zone.SILVER, still),
        heart_rates=table("health/heart_rate_5m", Zone.GOLD, []),
        users=users(*({"user_id": zone, "time_zone": zone} for zone in ZONES)),
        **{name: table(f"wearables/{address}", Zone.SILVER, []) for name, address in names.items()},
    )
    expected = sorted(((zone, str(on), _minutes(zone, on)) for zone, on in days), key=str)
    assert values(found, "user_id", "activity_date", "sedentary_minutes") == expected
    assert {0, 1380, 1410, 1440, 1470, 1500} <= {minutes for _zone, _on, minutes in expected}


def _minutes(zone: str, on: date) -> int:
    """Quarters of an hour of three days of UTC that have this date on the wall, counted one by one."""
    quarters = range(instant(on) - DAY, instant(on) + 2 * DAY, QUARTER)
    return 15 * sum(local_day(at, offset_at(zone, at)) == on for at in quarters)
