"""Energy by day: what was told, and the part at rest where nobody told it."""

from datetime import date, timedelta

import pytest

from lake_layout.contracts import Zone, contract
from spark_jobs import build, commits, read, write
from spark_jobs.gold.health import daily_calories

DAY = "2025-03-24"
ANN = {"user_id": "ann", "time_zone": "Europe/Berlin", "birth_year": 1985, "sex": "female", "height_cm": "170.5"}
SHOWN = ("active_kcal", "basal_kcal", "total_kcal", "estimated_basal_kcal", "is_basal_estimated")
# 10 · 61.234 + 6.25 · 170.5 − 5 · 40 − 161
ESTIMATE = "1316.965"


def burnt(kind: str, cal: int, **changes):
    return {"event_date": DAY, "user_id": "ann", "energy_type": kind, "energy_cal": cal, **changes}


def weighed(kg: str, at: str = f"{DAY} 06:00:00", **changes):
    return {
        "event_date": at[:10],
        "user_id": "ann",
        "device_id": "scale",
        "measured_at": at,
        "weight_kg": kg,
        **changes,
    }


@pytest.fixture
def days(table, users):
    """days(energies, weights, users)"""

    def build_days(energies, weights=(), people=(ANN,)):
        return daily_calories.transform(
            energies=table("wearables/energy_intervals", Zone.SILVER, energies),
            weights=table("wearables/body_measurements", Zone.SILVER, weights),
            users=users(*people),
        )

    return build_days


def test_what_devices_told_is_summed_and_nothing_is_estimated_beside_it(days, values):
    told = [burnt("active", 300_000), burnt("active", 1), burnt("basal", 1_500_000), burnt("active", 9, user_id=None)]
    assert values(days(told, [weighed("61.234")]), *SHOWN) == [("300.001", "1500.000", "1800.001", None, False)]


def test_a_total_holds_the_part_at_rest(days, values):
    told = [burnt("active", 300_000), burnt("total", 1_700_000)]
    assert values(days(told, [weighed("61.234")]), *SHOWN) == [("300.000", None, "1700.000", None, False)]


def test_a_part_at_rest_that_nobody_told_is_estimated_in_a_column_of_its_own(days, values):
    found = days([burnt("active", 300_000)], [weighed("61.234")])
    assert values(found, *SHOWN) == [("300.000", None, "300.000", ESTIMATE, True)]


def test_a_man_of_the_same_measures_burns_166_kcal_more(days, values):
    found = days([burnt("active", 1)], [weighed("61.234")], [{**ANN, "sex": "male"}])
    assert values(found, "estimated_basal_kcal") == [("1482.965",)]


@pytest.mark.parametrize(
    "unknown", [{"sex": "other"}, {"sex": None}, {"height_cm": None}, {"birth_year": None}, {"birth_year": 1066}]
)
def test_without_sex_height_or_year_of_birth_nothing_is_estimated(days, values, unknown):
    found = days([burnt("active", 1)], [weighed("61.234")], [{**ANN, **unknown}])
    assert values(found, "estimated_basal_kcal", "is_basal_estimated") == [(None, False)]


def test_the_newest_weight_of_the_28_days_that_end_with_the_day_counts(days, values):
    weights = [
        weighed("61.234", "2025-03-24 21:00:00"),
        weighed("61.000", "2025-03-24 21:00:00", device_id="a scale before it in the alphabet"),
        weighed("99.000", "2025-03-24 20:00:00"),
        weighed("99.000", "2025-03-25 06:00:00"),
        weighed("99.000", "2025-03-24 22:00:00", user_id="bob"),
    ]
    on = ["2025-03-23", "2025-03-24", "2025-04-20", "2025-04-21", "2025-04-22"]
    found = days([burnt("active", 1, event_date=day) for day in on], weights)
    heavier = "1694.625"
    assert values(found, "activity_date", "estimated_basal_kcal") == list(
        zip(on, (None, ESTIMATE, heavier, heavier, None), strict=True)
    )


def test_the_body_is_that_of_the_application_at_noon_of_the_day(days, values):
    changed = [{**ANN, "valid_to": f"{DAY} 12:00:00"}, {**ANN, "valid_from": f"{DAY} 12:00:00", "sex": "male"}]
    found = days(
        [burnt("active", 1), burnt("active", 1, event_date="2025-03-23")],
        [weighed("61.234", "2025-03-23 06:00:00")],
        changed,
    )
    assert values(found, "activity_date", "estimated_basal_kcal") == [
        ("2025-03-23", ESTIMATE),
        (DAY, "1482.965"),
    ]


def test_a_weight_that_comes_late_restates_its_28_days_and_energy_its_own(spark, lake, table, values):
    first = date(2025, 3, 24)
    calories = contract("health/daily_calories")

    def put(address: str, on: date, **row) -> None:
        of = contract(address)
        rows = table(address, Zone.SILVER, [{"user_id": "ann", "event_date": on, "_status": "accepted", **row}])
        write.replace_dates(rows, of, Zone.SILVER, [on], commits.progress(of, Zone.SILVER).plan({}, [on]))

    def built() -> tuple[date, ...]:
        build.build_dates(spark, calories, Zone.GOLD, None)
        newest = commits.newest(calories, Zone.GOLD)
        assert newest
        return newest.dates

    people = table("app_db/users", Zone.SILVER, [{**ANN, "valid_from": "1970-01-01"}])
    users = contract("app_db/users")
    write.replace_all(people, users, Zone.SILVER, commits.progress(users, Zone.SILVER).plan({}))
    energies = {"energy_type": "active", "energy_cal": 1}
    put("wearables/energy_intervals", first + timedelta(days=27), **energies)
    assert built() == (first + timedelta(days=27),)
    put("wearables/body_measurements", first, device_id="scale", measured_at=f"{first} 06:00:00", weight_kg="61.234")
    assert built() == tuple(first + timedelta(days=number) for number in range(28))
    assert values(read.table(spark, calories, Zone.GOLD), "is_basal_estimated") == [(True,)]
    put("wearables/energy_intervals", first + timedelta(days=28), **energies)
    assert built() == (first + timedelta(days=28),)
    assert values(read.table(spark, calories, Zone.GOLD), "is_basal_estimated") == [(False,), (True,)]
