"""Writing through the one door: commits carry progress, and a batch is committed once."""

from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from lake_layout.contracts import Column, Contract, Zone
from spark_jobs import commits, read, write

STEPS = Contract(
    address="tests/steps",
    description="It's a table of tests.",
    owner="tests",
    zone=Zone.GOLD,
    inputs={"steps": "tests/other"},
    key=("user_id",),
    partition="event_date",
    columns=(
        Column(name="event_date", type="date", description="The day."),
        Column(name="user_id", type="string", description="The user's id."),
        Column(name="steps", type="bigint", description="Steps."),
    ),
)
MONDAY, TUESDAY = date(2025, 3, 24), date(2025, 3, 25)


def rows(spark: SparkSession, *values: tuple[date, str, int]) -> DataFrame:
    return spark.createDataFrame(list(values), "event_date date, user_id string, steps int")


def content(spark: SparkSession) -> list[tuple]:
    return sorted(tuple(row) for row in read.table(spark, STEPS, Zone.GOLD).collect())


def plan(spark: SparkSession, dates: list[date], **inputs: int) -> commits.Commit:
    return commits.progress(STEPS, Zone.GOLD).plan(inputs, dates)


def replace(spark: SparkSession, frame: DataFrame, dates: list[date], **inputs: int) -> commits.Commit:
    return write.replace_dates(frame, STEPS, Zone.GOLD, dates, plan(spark, dates, **inputs))


def test_a_missing_table_reads_as_an_empty_one(spark: SparkSession, lake: Path) -> None:
    assert content(spark) == []
    assert commits.newest(STEPS, Zone.GOLD) is None


def test_a_commit_carries_its_positions_and_dates(spark: SparkSession, lake: Path) -> None:
    written = replace(spark, rows(spark, (MONDAY, "ann", 5)), [MONDAY], **{"tests/other@silver": 7})
    newest = commits.newest(STEPS, Zone.GOLD)
    assert newest == written
    assert (newest.batch, newest.inputs, newest.dates) == (1, {"tests/other@silver": 7}, (MONDAY,))
    assert newest.rows == {"written": 1}


def test_replacing_a_date_leaves_the_others_and_can_empty_it(spark: SparkSession, lake: Path) -> None:
    replace(spark, rows(spark, (MONDAY, "ann", 5), (TUESDAY, "ann", 6)), [MONDAY, TUESDAY])
    replace(spark, rows(spark, (TUESDAY, "ben", 7)), [TUESDAY])
    assert content(spark) == [(MONDAY, "ann", 5), (TUESDAY, "ben", 7)]
    replace(spark, rows(spark).limit(0), [TUESDAY])
    assert content(spark) == [(MONDAY, "ann", 5)]


def test_a_row_outside_the_replaced_dates_is_an_error(spark: SparkSession, lake: Path) -> None:
    with pytest.raises(Exception, match="REPLACE_WHERE"):
        replace(spark, rows(spark, (MONDAY, "ann", 5), (TUESDAY, "ann", 6)), [MONDAY])


def test_a_second_commit_of_the_same_batch_is_refused_aloud(spark: SparkSession, lake: Path) -> None:
    first, second = (plan(spark, [MONDAY]) for _ in range(2))
    write.append(rows(spark, (MONDAY, "ann", 5)), STEPS, Zone.GOLD, first)
    with pytest.raises(write.LostRace, match="batch 1"):
        write.append(rows(spark, (MONDAY, "ann", 5)), STEPS, Zone.GOLD, second)
    assert content(spark) == [(MONDAY, "ann", 5)]


def test_progress_is_found_behind_a_compaction(spark: SparkSession, lake: Path) -> None:
    replace(spark, rows(spark, (MONDAY, "ann", 5), (MONDAY, "ben", 5)), [MONDAY], **{"tests/other@silver": 7})
    planned = plan(spark, [], **{"tests/other@silver": 8})
    write.append(rows(spark, (MONDAY, "cid", 5)), STEPS, Zone.GOLD, planned)
    spark.sql(f"OPTIMIZE delta.`file:{lake}/gold/tests/steps/v1`").collect()
    newest = commits.newest(STEPS, Zone.GOLD)
    assert newest is not None and (newest.batch, newest.inputs) == (2, {"tests/other@silver": 8})


def test_later_commits_tell_the_dates_they_replaced(spark: SparkSession, lake: Path) -> None:
    replace(spark, rows(spark, (MONDAY, "ann", 5)), [MONDAY])
    replace(spark, rows(spark, (TUESDAY, "ann", 5)), [TUESDAY])
    told = [[commit.dates for commit in commits.since(STEPS, Zone.GOLD, batch) or ()] for batch in (0, 1, 2)]
    assert told == [[(MONDAY,), (TUESDAY,)], [(TUESDAY,)], []]


def test_a_table_has_the_contract_s_comments_and_keeps_its_log_a_year(spark: SparkSession, lake: Path) -> None:
    replace(spark, rows(spark, (MONDAY, "ann", 5)), [MONDAY])
    path = f"delta.`file:{lake}/gold/tests/steps/v1`"
    comments = {row.col_name: row.comment for row in spark.sql(f"DESCRIBE TABLE {path}").collect()}
    assert comments["user_id"] == "The user's id."
    properties = {row.key: row.value for row in spark.sql(f"SHOW TBLPROPERTIES {path}").collect()}
    assert properties["delta.logRetentionDuration"] == "interval 365 days"
    assert properties["delta.dataSkippingNumIndexedCols"] == "0"
    assert spark.sql(f"DESCRIBE DETAIL {path}").select(F.col("partitionColumns")).collect()[0][0] == ["event_date"]


def test_a_column_added_to_the_contract_is_null_in_older_rows(spark: SparkSession, lake: Path) -> None:
    replace(spark, rows(spark, (MONDAY, "ann", 5)), [MONDAY])
    wider = STEPS.model_copy(update={"columns": (*STEPS.columns, Column(name="mood", type="string", description="M."))})
    assert read.table(spark, wider, Zone.GOLD).collect()[0].mood is None
    frame = rows(spark, (TUESDAY, "ann", 6)).withColumn("mood", F.lit("good"))
    write.replace_dates(frame, wider, Zone.GOLD, [TUESDAY], commits.progress(wider, Zone.GOLD).plan({}))
    assert sorted((row.steps, row.mood) for row in read.table(spark, wider, Zone.GOLD).collect()) == [
        (5, None),
        (6, "good"),
    ]
