"""The paper model: what two sizes cost tells what a third costs, and a day of many users."""

from typing import Any

import pytest

from benchmarks import scale


def _result(events: int, fixed: float = 20.0, each: float = 30.0) -> dict[str, Any]:
    seconds = fixed + each * events / 1e6
    stage = {"seconds": seconds, "least": seconds, "most": seconds, "cpu_seconds": 2 * seconds}
    ours = {
        "stages": {"whole": stage},
        "landed_bytes": 400 * events,
        "bytes": {"raw": 80 * events, "bronze": 50 * events},
    }
    return {"events": events, "workloads": {"W2": {"ours": ours}}}


def test_what_grows_and_what_does_not_are_told_apart() -> None:
    cost = scale.costs(_result(1_000_000), _result(10_000_000))["whole"]
    assert (cost.fixed, cost.each) == (pytest.approx(20), pytest.approx(30))
    held = scale.missed(_result(1_000_000), _result(10_000_000), _result(50_000_000, each=33.0))["whole"]
    assert held == (pytest.approx(1520), pytest.approx(1670))


def test_no_cost_is_negative() -> None:
    cost = scale.costs(_result(1_000_000, fixed=0, each=30), _result(10_000_000, fixed=0, each=40))["whole"]
    assert cost.fixed == 0 and cost.of(10_000_000) == pytest.approx(400)


def test_a_day_is_told_by_event() -> None:
    assumed = scale.Assumed(users=1_000_000, events_per_user=100, window_hours=2, busy=0.5, core_hour=0.1)
    day = scale.day(_result(1_000_000), _result(10_000_000), assumed)
    hours = 2 * (20 + 30 * 100) / 3600
    assert day["cpu_hours"] == pytest.approx(hours, abs=0.05)
    assert day["cores_in_window"] == pytest.approx(hours / 0.5 / 2, abs=0.05)
    assert day["compute_dollars"] == pytest.approx(hours / 0.5 * 0.1, abs=0.005)
    assert (day["landed_gb"], day["raw_gb"], day["stored_gb"]) == (40.0, 8.0, 13.0)


def test_one_size_tells_nothing_of_growth() -> None:
    with pytest.raises(ValueError, match="no more than"):
        scale.costs(_result(1_000_000), _result(1_000_000))
    with pytest.raises(ValueError, match="W2"):
        scale.costs({"events": 1, "workloads": {}}, _result(10_000_000))


def test_a_result_that_lacks_something_is_refused_by_name() -> None:
    small, large = _result(1_000_000), _result(10_000_000)
    with pytest.raises(ValueError, match="held to needs W2"):
        scale.missed(small, large, {"events": 50_000_000, "workloads": {}})
    del large["workloads"]["W2"]["ours"]["landed_bytes"]
    with pytest.raises(ValueError, match="bytes landed"):
        scale.day(small, large, scale.Assumed())
