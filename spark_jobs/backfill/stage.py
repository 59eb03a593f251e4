"""Computes the rows of a backfill aside, beside whatever runs: zone → its tables in `<lake>/staged/<backfill>`.

Inputs that the backfill rebuilds too are read as it has them, all others as they stand. A table that is there already
is left as it is, so that a run that was killed goes on where it was.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspark.sql import SparkSession

from lake_layout.contracts import Zone
from spark_jobs import build, commits, compute, session, write
from spark_jobs.backfill import log
from spark_jobs.backfill.log import Backfill
from spark_jobs.commits import Progress
from spark_jobs.staged import Staged


def run(zone: Zone, backfill: Backfill) -> dict[str, Any]:
    """Stage the backfill's tables of a zone; gives the rows written, by address."""
    log.require_open(backfill)
    wanted = {one.of.address: one for one in backfill.tables if one.zone is zone}
    aside = {one.name: one for one in backfill.tables}
    summary: dict[str, Any] = {}
    with session.opened(f"backfill {zone}") as spark:
        for wave in build.waves([one.of for one in wanted.values()]):
            calls = [lambda one=wanted[of.address]: _stage(spark, one, aside) for of in wave]
            summary.update(zip((of.address for of in wave), session.side_by_side(spark, calls), strict=True))
            for of in wave:
                print(f"staged {of.address}: {summary[of.address]:,} rows", flush=True)
    return summary


def _stage(spark: SparkSession, staged: Staged, aside: Mapping[str, Staged]) -> int:
    """Raises write.LostRace: another run stages the same."""
    of, zone = staged.of, staged.zone
    if done := staged.commit():
        return done.rows.get("written", 0)
    own = commits.newest(of, zone)
    inputs = compute.input_pins(of, Progress({}, 1))
    pins = {name: replace(pin, staged=aside.get(pin.name)) for name, pin in inputs.items()}
    positions = {pin.name: pin.position for pin in pins.values()} | {staged.name: own.batch if own else 0}
    taken = compute.taken_for(of, pins, staged.dates, is_news=False)
    counts = compute.rows_in(taken, pins)
    commit = Progress({}, 1).plan(positions, staged.dates, counts, compute.judged_by(of, zone), taken)
    rows = compute.computed(spark, of, zone, pins, staged.dates)
    return write.replace_dates(rows, of, zone, staged.dates, commit, staged.root).rows.get("written", 0)
