"""On which local days a goal counts, and as what: versions of goals → spans of dates that say one thing.

`starts_on` and `ends_on` are dated by whoever set the goal, so their newest word counts for all of the goal's time,
even where it came late. What is aimed at has no date of its own: a day counts by the version that was valid at its
noon, UTC. Noon lies on that day in nearly every time zone, and snapshots of a database are no finer than a day. A goal
that was deleted counts until then.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

_AIM = ("user_id", "goal_type", "target_unit", "target_value", "period")
_OPEN = "DATE'9999-12-31'"


def goal_periods(goals: DataFrame) -> DataFrame:
    """One row per goal and span of dates: goal_id, what it is, `first_date`, `end_date` (exclusive); none overlap."""
    newest = F.max_by(F.struct("starts_on", "ends_on"), "valid_from").alias("_dated")
    dated = goals.groupBy(F.col("goal_id").alias("_goal")).agg(newest)
    versions = goals.join(dated, F.col("goal_id") == F.col("_goal"))
    begins = F.greatest(_first_noon("valid_from"), "_dated.starts_on")
    ends = F.least(
        F.coalesce(_first_noon("valid_to"), F.expr(_OPEN)),
        F.coalesce(F.date_add("_dated.ends_on", 1), F.expr(_OPEN)),
    )
    spans = versions.select("goal_id", *_AIM, begins.alias("first_date"), ends.alias("end_date"))
    return spans.where(F.col("first_date") < F.col("end_date"))


def _first_noon(instant: str) -> Column:
    """The first date whose noon is not before an instant."""
    return F.to_date(F.col(instant) + F.expr("INTERVAL 12 HOURS") - F.expr("INTERVAL 1 MICROSECOND"))
