"""Energy by local day: what devices told, and where none told the part at rest, what a body like the user's burns.

That estimate is the equation of Mifflin, St Jeor et al. 1990 (doi:10.1093/ajcn/51.2.241), in kcal a day:
10 · weight in kg + 6.25 · height in cm − 5 · age in years + 5 for men, − 161 for women. Weights are whole grams and
heights whole millimetres, so that it is a whole number of small calories.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_jobs.gold import energy
from spark_jobs.gold.age import age
from spark_jobs.gold.decimals import thousandths
from spark_jobs.silver.local_time import with_user_of_day

_KEY = ("user_id", "activity_date")
_DAYS_OF_A_WEIGHT = 28


def transform(energies: DataFrame, weights: DataFrame, users: DataFrame) -> DataFrame:
    """Rows of `health/daily_calories`."""
    told = energy.told(energies)
    lacking = told.where(F.col("basal_cal").isNull() & F.col("total_cal").isNull()).select(*_KEY)
    weighed = with_user_of_day(_weighed(lacking, weights), users, _KEY[1], "birth_year", "sex", "height_cm")
    estimated = weighed.select(*_KEY, _resting_cal().alias("_resting_cal"))
    return energy.with_total(told.join(estimated, list(_KEY), "left")).select(
        *_KEY,
        *(thousandths(f"{kind}_cal").alias(f"{kind}_kcal") for kind in energy.KINDS),
        thousandths("_resting_cal").alias("estimated_basal_kcal"),
        F.col("_resting_cal").isNotNull().alias("is_basal_estimated"),
    )


def _weighed(days: DataFrame, weights: DataFrame) -> DataFrame:
    """Days with the user's newest weight of the 28 days that end with each; days without one are left out."""
    known = weights.select(
        F.col("user_id").alias("_user"), F.col("event_date").alias("_on"), "measured_at", "device_id", "weight_kg"
    )
    days_ago = F.date_diff("activity_date", "_on")
    recent = (F.col("user_id") == F.col("_user")) & days_ago.between(0, _DAYS_OF_A_WEIGHT - 1)
    newest = F.max_by("weight_kg", F.struct("measured_at", "device_id"))
    return days.join(known, recent).groupBy(*_KEY).agg(newest.alias("weight_kg"))


def _resting_cal() -> Column:
    """Null where the year of birth, the sex or the height does not serve."""
    of_sex = F.when(F.col("sex") == "male", 5_000).when(F.col("sex") == "female", -161_000)
    return F.expr("cast(10000 * weight_kg + 6250 * height_cm AS bigint)") - 5_000 * age(_KEY[1]) + of_sex
