"""An analyst with the dbt command line: builds, tests, shows and documents, in a schema of their own alone.

What the guide for analysts has its reader type is typed here, in a project of its own.
"""

import json
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
import yaml
from clickhouse_connect.driver.exceptions import DatabaseError

from lake_layout.profile import REPOSITORY
from tests.end_to_end.guide import follow, not_in_files, steps
from tests.end_to_end.running_lake import LAKE, RunningLake

NEW_MART = Path(__file__).with_name("new_mart")
MART = {"clickhouse": "fct_daily_activity", "postgres": "daily_user_summary"}


def own_project(week: RunningLake, repository: Path) -> Path:
    """The project as it lies in the repository, beside the profile that `lake up` writes for analysts."""
    folder = repository / "dbt_project"
    shutil.copytree(
        REPOSITORY / "dbt_project", folder, ignore=shutil.ignore_patterns("target", "logs", "profiles.yml", ".user.yml")
    )
    shutil.copy2(week.home / "dbt" / "analyst" / "profiles.yml", folder / "profiles.yml")
    return folder


@pytest.fixture(scope="module")
def project(week: RunningLake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after all that the guide does, in a repository as its reader has it.

    Everything is built for both warehouses; what readers see is as it was before.
    """
    repository = tmp_path_factory.mktemp("reader")
    folder = own_project(week, repository)
    shutil.copy2(REPOSITORY / ".gitignore", repository)
    shutil.copytree(NEW_MART, repository / "tests" / "end_to_end" / "new_mart")
    for command in ("init --quiet", "add --all", "-c user.name=a -c user.email=a@localhost commit --quiet -m Begin"):
        subprocess.run(["git", *command.split()], cwd=repository, check=True)
    before = week.marts(), week.reports()
    for section in ("Look around", "Add a model", "Add a mart"):
        follow(steps("analyst.md", section), folder, week.environment)
    assert (week.marts(), week.reports()) == before
    return folder


both_warehouses = pytest.mark.parametrize("warehouse", ["clickhouse", "postgres"])


def dbt(project: Path, *arguments: str) -> str:
    done = attempt(project, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def attempt(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(LAKE.with_name("dbt")), "--quiet", "--no-use-colors", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)


def shown(project: Path, query: str, target: str) -> list[dict]:
    return json.loads(dbt(project, "show", "--output", "json", "--target", target, "--inline", query))["show"]


def own_schema(project: Path, warehouse: str) -> str:
    outputs = yaml.safe_load((project / "profiles.yml").read_text())["fitness"]["outputs"]
    return outputs[warehouse]["schema"]


def own_days(week: RunningLake, schema: str, warehouse: str) -> int:
    """Days in the analyst's own copy, as the owner of the warehouse counts them."""
    sql = f"select count(*) from {schema}.{MART[warehouse]}"
    if warehouse == "clickhouse":
        return int(week.clickhouse(reader=False).query(sql).result_rows[0][0])
    with week.postgres(reader=False) as owner:
        return int(owner.execute(sql).fetchall()[0][0])


@both_warehouses
def test_what_an_analyst_builds_has_the_rows_of_the_marts_in_a_schema_of_their_own(
    week: RunningLake, project: Path, warehouse: str
) -> None:
    schema = own_schema(project, warehouse)
    assert schema.startswith("dev_")
    readers_see = week.marts() if warehouse == "clickhouse" else week.reports()
    assert own_days(week, schema, warehouse) == readers_see[MART[warehouse]][0] > 0


def test_the_guide_adds_a_model_and_a_mart(week: RunningLake, project: Path) -> None:
    query = "select sum(ten_thousand_count), sum(day_count), max(best_day_steps) from {{ ref('fct_step_weeks') }}"
    found = list(shown(project, query, "clickhouse")[0].values())
    truth = "select countIf(steps >= 10000), count(steps), max(steps) from marts.fct_daily_activity"
    assert found == list(week.clickhouse().query(truth).result_rows[0])


@pytest.mark.parametrize("section", ["Add a model", "Add a mart"])
def test_the_guide_shows_what_stands_in_the_files(section: str) -> None:
    assert not_in_files("analyst.md", section, NEW_MART) == []


@both_warehouses
def test_an_analyst_shows_rows_and_runs_tests(project: Path, warehouse: str) -> None:
    query = f"select count(*) as days, sum(steps) as steps from {{{{ ref('{MART[warehouse]}') }}}}"
    found = shown(project, query, warehouse)
    assert found[0]["days"] > 0 and found[0]["steps"] > 0
    dbt(project, "test", "--target", warehouse, "--select", MART[warehouse])


@both_warehouses
def test_the_docs_describe_every_column(project: Path, warehouse: str) -> None:
    dbt(project, "docs", "generate", "--target", warehouse)
    catalogue = json.loads((project / "target" / "catalog.json").read_text())
    columns = catalogue["nodes"][f"model.fitness.{MART[warehouse]}"]["columns"]
    assert columns and all(column["comment"] for column in columns.values())
    assert (project / "target" / "index.html").exists()


@both_warehouses
def test_a_reader_does_not_see_what_an_analyst_builds(week: RunningLake, project: Path, warehouse: str) -> None:
    sql = f"select count(*) from {own_schema(project, warehouse)}.{MART[warehouse]}"
    if warehouse == "clickhouse":
        with pytest.raises(DatabaseError, match="ACCESS_DENIED"):
            week.clickhouse().query(sql)
    else:
        with week.postgres() as reader, pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(sql)


@pytest.mark.parametrize("target", ["clickhouse_production", "postgres_production", "clickhouse_released"])
def test_an_analyst_has_no_target_of_releases(project: Path, target: str) -> None:
    refused = attempt(project, "build", "--target", target)
    assert refused.returncode != 0
    assert "does not have a target named" in refused.stdout + refused.stderr
