"""Every checker goes red on a bug of its own kind, and stays silent over sound lakes: one counted run.

What only the warehouses show, a mart that is stale or lost rows, is seeded in `dbt_project/test_verify_warehouses.py`.
"""

import re
from pathlib import Path

import pytest
from pyspark.sql import SparkSession
from rich.console import Console
from rich.table import Table as Shown

from expectations.gate import NotEvaluated
from lake_layout.contracts import Zone
from spark_jobs import data_docs, gate
from spark_jobs.halt import Halt
from spark_jobs.verify.findings import Verdict
from spark_jobs.write import LostRace
from tests.faults.seeded_bugs import BUGS, Bug
from tests.faults.sound_lake import BEATS, CHECKERS, RUNS, WINDOWS, Lake, Table, fill

pytestmark = pytest.mark.timeout(1200)


def test_seeded_bugs_are_found_and_sound_lakes_raise_no_alarm(
    landing_lake: dict[str, str],
    spark: SparkSession,
    table: Table,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lake = fill(spark, table, monkeypatch)
    alarms = _alarms(lake)
    said = {}
    for number, bug in enumerate(BUGS):
        lake.move(tmp_path / "lake")
        lake.copy_to(tmp_path / f"bug_{number}")
        said[bug.name, bug.checker] = _said(bug, lake)
    found = [bug for bug in BUGS if re.search(bug.words, said[bug.name, bug.checker])]
    with capsys.disabled():
        _show(found, said)
        print(f"{len(found)} of {len(BUGS)} found; {RUNS} clean runs, {len(alarms)} alarms")
    assert alarms == []
    assert [(bug.name, said[bug.name, bug.checker]) for bug in BUGS if bug not in found] == []
    assert len(found) >= 14


def _alarms(lake: Lake) -> list[str]:
    """What the checkers say against a lake in which nothing is wrong; each must have looked at every run."""
    findings = {name: check(lake) for name, check in CHECKERS.items()}
    assert f"of {RUNS} partitions, each once" in findings["offsets"][0].words
    for zone, of in ((Zone.BRONZE, lake.metrics), (Zone.SILVER, BEATS), (Zone.GOLD, WINDOWS)):
        assert gate.run(zone, [of.address])["gated"] == 1
    assert data_docs.run()["tables"] > 3
    return [
        f"{name}: {one.words}" for name, each in findings.items() for one in each if one.verdict is not Verdict.GOOD
    ]


def _said(bug: Bug, lake: Lake) -> str:
    """What the bug's checker says: a guard while the bug is at work, any other when it has been mended."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            bug.seed(lake, patch)
    except (Halt, LostRace, NotEvaluated) as stopped:
        return str(stopped) if bug.checker not in CHECKERS else f"stopped before the checker looked: {stopped}"
    except Exception as error:  # the run goes on, for it counts
        return f"broke down: {error!r}"
    if bug.checker not in CHECKERS:
        return "nothing stopped it"
    found = CHECKERS[bug.checker](lake)
    return "; ".join(one.words for one in found if one.verdict is Verdict.WRONG)


def _show(found: list[Bug], said: dict[tuple[str, str], str]) -> None:
    shown = Shown("bug", "checker", "found", "words")
    for bug in BUGS:
        shown.add_row(
            bug.name, bug.checker, "yes" if bug in found else "NO", " ".join(said[bug.name, bug.checker].split())[:60]
        )
    Console(width=160).print(shown)
