"""Small tables about the lake: jobs that run side by side each add their rows, the first ones, too."""

from functools import partial

from spark_jobs import ops, session

WRITERS = 6


def test_writers_that_make_a_table_at_once_all_find_their_rows_there_once(spark, lake, values):
    for name in ("first", "second"):
        adds = [partial(ops.append, spark, name, [(writer,)], "writer int") for writer in range(WRITERS)]
        list(session.in_turn(spark, adds, threads=WRITERS))
        assert values(spark.read.format("delta").load(ops.path(name)), "writer") == [(n,) for n in range(WRITERS)]
