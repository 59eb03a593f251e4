"""DAG files parse fast, without Spark, and say what they are."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lake_layout.profile import REPOSITORY
from tests.dags.the_dags import THE_DAGS

DAG_FILES = sorted(path for path in (REPOSITORY / "dags").glob("*.py") if "with DAG(" in path.read_text())
HEAVY = {"pyspark", "great_expectations", "pandas", "pyarrow", "delta", "dbt", "spark_jobs", "expectations"}
MEASURE = """
import json, runpy, sys, time
import airflow.sdk.definitions.dag, airflow.sdk.bases.operator, airflow.providers.standard.hooks.subprocess
begin = time.process_time()
runpy.run_path(sys.argv[1])
roots = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps({"seconds": time.process_time() - begin, "modules": roots}))
"""


def test_these_are_the_dags():
    assert [path.stem for path in DAG_FILES] == THE_DAGS


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_a_dag_file_parses_in_under_a_second_and_imports_no_engine(path: Path):
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    measured = json.loads(done.stdout.splitlines()[-1])
    assert HEAVY & set(measured["modules"]) == set()
    assert measured["seconds"] < 1


@pytest.mark.parametrize("path", DAG_FILES, ids=lambda path: path.stem)
def test_a_dag_file_fits_on_a_screen(path: Path):
    assert len(path.read_text().splitlines()) <= 50
