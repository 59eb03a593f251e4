"""A staged table's rows enter the lake in one commit, but for dates that have moved since they were computed.

Moved are dates that the table itself was given anew, by whatever run, and those that what is new in its inputs affects
now: what stands there, or will be built next, is fresher than the backfill.
"""

from datetime import date

from pyspark.sql import SparkSession

from lake_layout.contracts import Zone
from spark_jobs import affected_dates, commits, compute, read, write
from spark_jobs.commits import Commit, Progress
from spark_jobs.halt import Halt
from spark_jobs.staged import Staged


@write.replan_once
def take_over(spark: SparkSession, staged: Staged) -> tuple[date, ...]:
    """The dates that now hold the backfill's rows; a second call does nothing and tells the same.

    Raises Halt: the rows are not there.
    """
    if done := staged.taken_over():
        return done.dates
    own = staged.commit()
    if own is None:
        raise Halt(f"backfill {staged.backfill} has no rows of {staged.name}: it was never staged to its end")
    progress = commits.progress(staged.of, staged.zone)
    moved = _moved(spark, staged, own, progress)
    dates = tuple(day for day in staged.dates if day not in moved)
    if not dates:
        return ()
    rows = read.table(spark, staged.of, staged.zone, root=staged.root)
    within = compute.within(affected_dates.partition(staged.of), dates)
    counts = {name: count for name, count in own.rows.items() if name == "in"}
    positions = progress.consumed if moved & set(staged.dates) else _after_own_news(staged, progress)
    commit = progress.plan(positions, dates, counts, own.contract, own.read, run=staged.run)
    write.replace_dates(rows.where(within), staged.of, staged.zone, dates, commit)
    return dates


def _after_own_news(staged: Staged, progress: Progress) -> dict[str, int]:
    """Positions behind what the backfill brought into the inputs: the rows were computed with it.

    Where other news waits, or dates have moved, the run itself builds what is left and moves them.
    """
    positions = dict(progress.consumed)
    for pin in compute.input_pins(staged.of, progress).values():
        news = commits.since(pin.of, pin.zone, pin.after or 0) if pin.has_news() else None
        if news and all(commit.run.startswith(staged.run) for commit in news):
            positions[pin.name] = pin.position
    return positions


def _moved(spark: SparkSession, staged: Staged, own: Commit, progress: Progress) -> set[date]:
    of, zone = staged.of, staged.zone
    if zone is Zone.SILVER and own.contract != compute.judged_by(of, zone):
        # Other rules than those by which the rows were judged.
        return set(staged.dates)
    pins = compute.input_pins(of, progress)
    return staged.written_since(own) | set(compute.affected(spark, of, zone, pins, staged.run).dates)
