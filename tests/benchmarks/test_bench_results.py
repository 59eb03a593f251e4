"""Results of runs: medians of the measured ones, regressions beyond noise, and a page that shows them."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bench, page, results
from benchmarks.kafka_to_marts.pipeline import STAGES
from benchmarks.workloads import WORKLOADS


def _run(folder: Path, name: str, nth: int, seconds: float) -> None:
    stages = {stage: {"seconds": seconds, "cpu_seconds": 2 * seconds} for stage in STAGES}
    told = {"stages": stages, "bytes": {"raw": 10**6}, "files": {"raw": 1}, "checksums": {"a": "1 rows"}}
    (folder / f"W2-{name}-{nth}.json").write_text(json.dumps(told))


def _result(folder: Path, ours: list[float], peer: list[float]) -> dict[str, Any]:
    folder.mkdir()
    for name, told in (("ours", ours), ("duckdb", peer)):
        for nth, seconds in enumerate(told):
            _run(folder, name, nth, seconds)
    return {
        "events": 1000,
        "seed": 1,
        "at": "2025-03-31T00:00:00+00:00",
        "machine": {"cpu": "two cores", "versions": {"pyspark": "4"}},
        "workloads": results.gathered(folder),
    }


def test_the_run_to_warm_up_does_not_count_unless_there_is_no_other(tmp_path: Path) -> None:
    told = _result(tmp_path / "a", [9, 1, 2, 4], [5])
    ours, peer = (results.stages(told, "W2", name)["land"] for name in ("ours", "duckdb"))
    assert ours == results.Measure(seconds=2, least=1, most=4, cpu_seconds=4)
    assert peer == results.Measure(seconds=5, least=5, most=5, cpu_seconds=10)
    assert results.stages(told, "W2", "ours")[results.WHOLE] == results.Measure(10, 5, 20, 20)
    assert results.stages(told, "W2", "nobody") == results.stages(told, "W9", "ours") == {}


def test_a_slower_build_is_a_regression_and_a_slower_machine_is_none(tmp_path: Path) -> None:
    old = _result(tmp_path / "old", [9, 2.0, 2.1], [9, 1.0, 1.0])
    slower_machine = _result(tmp_path / "machine", [9, 4.0, 4.2], [9, 2.0, 2.0])
    slower_build = _result(tmp_path / "build", [9, 2.6, 2.7], [9, 1.0, 1.0])
    assert results.regressions(old, slower_machine, "duckdb") == []
    found = results.regressions(old, slower_build, "duckdb")
    assert [words.partition(":")[0] for words in found] == [f"W2 {stage}" for stage in (*STAGES, results.WHOLE)]
    assert results.regressions(slower_build, old, "duckdb") == []


def test_what_differs_from_run_to_run_is_no_regression(tmp_path: Path) -> None:
    old = _result(tmp_path / "old", [9, 2.0, 3.0], [9, 1.0, 1.0])
    new = _result(tmp_path / "new", [9, 2.6, 3.2], [9, 1.0, 1.0])
    assert results.regressions(old, new, "duckdb") == []


def test_other_sizes_and_missing_pipelines_are_not_compared(tmp_path: Path) -> None:
    old, new = (_result(tmp_path / name, [1], [1]) for name in ("old", "new"))
    with pytest.raises(ValueError, match="cannot be compared"):
        results.regressions(old, {**new, "events": 2}, "duckdb")
    with pytest.raises(ValueError, match="both files need runs"):
        results.regressions(old, new, "polars")


def test_the_page_has_every_pipeline_and_needs_nothing_else(tmp_path: Path) -> None:
    told = _result(tmp_path / "a", [9, 3, 2], [9, 1, 1])
    text = page.html(told, [told])
    assert "duckdb" in text and "two cores" in text and text.count("<svg") == 2
    assert "http-equiv" not in text and 'src="' not in text
    assert ">polars<" not in text
    head, rows = page.table(told["workloads"]["W2"])
    shown = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["times ours"], row["±"]) for row in shown] == [("1.00", "2.5"), ("0.40", "0.0")]


def test_pipelines_take_turns_and_the_first_draft_runs_once() -> None:
    plan = list(bench.plan(WORKLOADS["W2"], ["ours", "first_draft", "duckdb"], 1))
    assert plan == [("ours", 0), ("duckdb", 0), ("first_draft", 0), ("ours", 1), ("duckdb", 1)]


def test_a_run_that_warms_its_own_services_counts_from_the_first() -> None:
    assert list(bench.plan(WORKLOADS["W10_cluster"], ["two_workers"], 1)) == [("two_workers", 1)]


def test_without_repeats_everything_runs_once() -> None:
    assert list(bench.plan(WORKLOADS["W2"], ["ours", "duckdb"], 0)) == [("ours", 0), ("duckdb", 0)]
    assert list(bench.plan(WORKLOADS["W10_cluster"], ["two_workers"], 0)) == [("two_workers", 1)]


def test_tables_that_differ_end_the_bench() -> None:
    said: list[dict[str, str]] = []
    bench.require_equal(said, "ours", {"checksums": {"a": "1 rows"}})
    bench.require_equal(said, "duckdb", {"checksums": {"a": "1 rows", "b": "5 rows"}})
    bench.require_equal(said, "ours", {"checksums": {"a": "1 rows"}})
    bench.require_equal(said, "snapshot", {"checksums": None})
    with pytest.raises(bench.Unequal, match="a: 1 rows, polars has 2 rows"):
        bench.require_equal(said, "polars", {"checksums": {"a": "2 rows", "b": "5 rows"}})
    with pytest.raises(bench.Unequal, match="b: 5 rows, polars has 4 rows"):
        bench.require_equal(said, "polars", {"checksums": {"b": "4 rows"}})
    for lacking in ({}, {"b": "5 rows"}):
        with pytest.raises(bench.Unequal, match="a: 1 rows, polars has None"):
            bench.require_equal(said, "polars", {"checksums": lacking})


def test_stages_that_a_variant_does_not_have_are_left_out() -> None:
    def told(**seconds: float) -> dict[str, Any]:
        stages = {name: {"seconds": of, "least": of, "most": of, "cpu_seconds": of} for name, of in seconds.items()}
        return {"runs": 1, "stages": stages}

    contenders = {"range": told(gold=2, whole=2), "month": told(land=1, gold=2, whole=3)}
    head, rows = page.table(contenders)
    assert head == ["", "runs", "land", "gold", "whole", "±", "CPU", "times range"]
    assert [row[2:6] for row in rows] == [["", "2.0", "2.0", ""], ["1.0", "2.0", "3.0", ""]]
    assert rows[1][-1] == "1.50"


def test_these_are_measured_only_where_they_are_asked_for() -> None:
    by_choice = [name for name, one in WORKLOADS.items() if one.by_choice]
    assert by_choice == ["W2_sail", "W3", "W4", "W5", "W6", "W10", "W10_cluster"]


def test_a_size_is_a_letter_or_a_number() -> None:
    assert (bench.events_of("s"), bench.events_of("200000")) == (1_000_000, 200_000)
