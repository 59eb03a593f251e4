"""A small bench on real services: pipelines make the same tables, what is done is not done again, lies are found."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.bench import in_progress
from benchmarks.kafka_to_marts.tables import GOLD, SOURCES, ZONES
from benchmarks.many_commits import PROBES
from lake_layout.profile import REPOSITORY, profile
from tests.end_to_end.running_lake import NO_SCHEDULES

pytestmark = [pytest.mark.long, pytest.mark.services, pytest.mark.timeout(1800)]
EVENTS, EVENTS_OF_DAYS = 100_000, 10_000
HOME = REPOSITORY / ".lake-test-bench"


@dataclass(frozen=True)
class Bench:
    """A home of its own, and where results go."""

    environment: dict[str, str]
    results: Path

    def newest(self, workload: str = "W2", contender: str = "polars") -> Path:
        """The last result that tells of a contender; its runs lie below the home under the same name."""
        told = {path: json.loads(path.read_text())["workloads"] for path in self.results.glob("*.json")}
        return max(path for path, workloads in told.items() if contender in workloads.get(workload, {}))

    def run(self) -> subprocess.CompletedProcess[str]:
        contenders = [word for name in ("ours", "duckdb", "polars") for word in ("--contender", name)]
        return self.asked("--size", str(EVENTS), "--workload", "W2", *contenders)

    def asked(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "benchmarks", "run", *words, "--repeats", "1", "--into", str(self.results)],
            cwd=REPOSITORY,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LAKE_", "SPARK_"))}
    environment = {**inherited, "LAKE_HOME": str(HOME), "LAKE_PORT_OFFSET": "1600", **NO_SCHEDULES}
    down = [str(Path(sys.executable).with_name("lake")), "down"]
    subprocess.run(down, env=environment, check=False, capture_output=True)
    shutil.rmtree(HOME, ignore_errors=True)
    made = Bench(environment, tmp_path_factory.mktemp("results"))
    try:
        done = made.run()
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        subprocess.run(down, env=environment, check=True, capture_output=True)


def test_every_pipeline_is_measured_and_made_the_same(bench: Bench) -> None:
    path = bench.newest()
    told = json.loads(path.read_text())
    assert told["events"] == EVENTS
    assert {name: one["runs"] for name, one in told["workloads"]["W2"].items()} == dict.fromkeys(
        ("ours", "duckdb", "polars"), 1
    )
    runs = sorted((HOME / "bench" / path.stem).glob("W2-*.json"))
    sums = [json.loads(run.read_text())["checksums"] for run in runs]
    assert len(sums) == 6 and all(one == sums[0] for one in sums)
    assert all(int(one.split(" rows ")[0]) > 0 for one in sums[0].values())
    assert path.with_suffix(".html").read_text().count("<svg") == 2


def test_an_interrupted_bench_goes_on_and_a_difference_ends_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the bench had been stopped after its last run.
    whole = HOME / "bench" / bench.newest().stem
    monkeypatch.setenv("LAKE_HOME", str(HOME))
    profile.cache_clear()
    stopped = whole.rename(in_progress(EVENTS, seed=1))
    profile.cache_clear()
    runs = sorted(stopped.glob("W2-*.json"))
    before = [(run.name, run.stat().st_mtime_ns) for run in runs]
    forged = next(run for run in runs if run.name == "W2-duckdb-1.json")
    honest, at = forged.read_text(), forged.stat()
    told = json.loads(honest)
    told["checksums"]["health/hourly_steps@gold"] = "1 rows 0"
    forged.write_text(json.dumps(told))
    unequal = bench.run()
    assert unequal.returncode == 1
    assert "duckdb made other tables" in unequal.stderr and "health/hourly_steps@gold" in unequal.stderr
    forged.write_text(honest)
    os.utime(forged, ns=(at.st_atime_ns, at.st_mtime_ns))
    again = bench.run()
    assert again.returncode == 0, again.stderr
    newest = HOME / "bench" / bench.newest().stem
    assert [(run.name, run.stat().st_mtime_ns) for run in sorted(newest.glob("W2-*.json"))] == before


def test_sail_makes_what_it_can_and_spark_the_rest(bench: Bench) -> None:
    done = bench.asked("--size", str(EVENTS), "--workload", "W2_sail", "--contender", "sail")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(bench.newest("W2_sail", "sail").read_text())["workloads"]["W2_sail"]["sail"]
    asked = [f"{address}@{zone}" for zone, addresses in ZONES[1:] for address in addresses]
    assert sorted([*told["on_sail"], *told["on_spark"]]) == sorted(asked)
    assert {f"{address}@gold" for address in GOLD} < set(told["on_sail"])
    assert all(told["on_spark"].values())


def test_days_are_measured_and_variants_made_the_same(bench: Bench) -> None:
    workloads = [word for name in ("W3", "W4", "W5") for word in ("--workload", name)]
    done = bench.asked("--size", str(EVENTS_OF_DAYS), *workloads)
    assert done.returncode == 0, done.stdout + done.stderr
    path = max(bench.results.glob(f"{EVENTS_OF_DAYS}-*.json"))
    told = json.loads(path.read_text())["workloads"]
    runs = HOME / "bench" / path.stem
    # Those with a history agree about more than the one without.
    seven, ninety = (json.loads((runs / f"W3-{days}_days-1.json").read_text())["checksums"] for days in (7, 90))
    none = json.loads((runs / "W3-0_days-1.json").read_text())["checksums"]
    assert seven == ninety and none.items() < seven.items()
    assert all(int(one.split(" rows ")[0]) > 0 for one in seven.values())
    # A day moves itself and those beside it, whatever lies before.
    assert told["W3"]["7_days"]["dates"] == told["W3"]["90_days"]["dates"]
    by_day, ranged = (
        json.loads((runs / f"W4-{name}-0.json").read_text())["checksums"] for name in ("day_by_day", "ranged")
    )
    assert by_day == ranged
    assert set(told["W5"]["range"]["dates"].values()) == {30}
    versions = [told["W5"][f"snapshot_{share}"]["rows"]["versions"] for share in ("0.1", "1", "10")]
    assert versions == [100_100, 101_000, 110_000]


def test_maintenance_leaves_few_files_and_the_same_rows(bench: Bench) -> None:
    done = bench.asked("--size", str(EVENTS), "--workload", "W6")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(bench.newest("W6", "ours").read_text())["workloads"]["W6"]["ours"]
    assert (told["commits"], told["restatements"]) == (29, 20)
    assert {len(probes) for probes in told["probes"].values()} == {PROBES}
    assert told["files"]["after commits"] > 5 * told["files"]["after maintenance"]


def test_a_size_finds_its_events_again_after_days(bench: Bench) -> None:
    """Topics that days have emptied are filled anew."""
    done = bench.asked("--size", str(EVENTS), "--workload", "W2", "--contender", "ours")
    assert done.returncode == 0, done.stdout + done.stderr
    sums = json.loads((HOME / "bench" / bench.newest("W2", "ours").stem / "W2-ours-1.json").read_text())["checksums"]
    assert sum(int(sums[f"{at}@raw"].split(" rows ")[0]) for at in SOURCES) == EVENTS
