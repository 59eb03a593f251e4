"""The story of a dataset names every file that belongs to it, in each room."""

import pytest

from lake_layout.contracts import contracts
from lake_layout.profile import REPOSITORY
from lake_layout.story import rooms, tell


def test_a_story_goes_from_the_contract_to_the_marts() -> None:
    told = tell("wearables/heart_rate_readings")
    places = {room: [part.place for part in parts] for room, parts in rooms(told.parts).items()}
    assert places["lake_layout"] == ["lake_layout/datasets/wearables/heart_rate_readings.yml"]
    assert places["expectations"] == ["expectations/datasets/wearables/heart_rate_readings.yml"]
    assert places["spark_jobs"] == ["spark_jobs/silver/wearables/heart_rate_readings.py"]
    assert "tests/spark_jobs/silver/test_heart_rate_readings.py" in places["tests"]
    assert told.inputs == ("wearables/health_metrics", "app_db/devices", "app_db/users")
    assert told.readers == ("health/heart_rate_1m",)


def test_a_story_follows_dbt_models_to_the_end() -> None:
    models = {part.what.removeprefix("dbt model ") for part in tell("health/daily_activity").parts}
    assert {"stg_health__daily_activity", "fct_daily_activity", "daily_user_summary", "weekly_steps"} <= models
    assert "fct_hourly_steps" not in models


@pytest.mark.parametrize("address", contracts())
def test_every_dataset_has_a_story_whose_files_are_there(address: str) -> None:
    told = tell(address)
    assert {"lake_layout", "expectations", "lake"} <= {part.room for part in told.parts}
    assert all((REPOSITORY / part.place).exists() for part in told.parts if part.room != "lake")
    assert bool(told.origin) != bool(told.inputs)
    assert address not in (*told.inputs, *told.readers)
