"""Delta tables as lazy frames, and lazy frames as Delta tables."""

import polars as pl

from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract
from spark_jobs import storage


def scan(address: str, zone: Zone) -> pl.LazyFrame:
    return pl.scan_delta(_path(address, zone))


def accepted(address: str, zone: Zone) -> pl.LazyFrame:
    return scan(address, zone).filter(pl.col("_status") == layout.ACCEPTED)


def once(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Rows that several need: each would compute them anew. Sorts and joins of what fits in memory are faster there."""
    return rows.collect(engine="in-memory").lazy()


def append(address: str, zone: Zone, rows: pl.LazyFrame) -> None:
    """One commit, written while the rows are still being computed."""
    partitions = [*layout.partition_columns(contract(address), zone)]
    rows.sink_delta(_path(address, zone), mode="append", delta_write_options={"partition_by": partitions})


def _path(address: str, zone: Zone) -> str:
    path = storage.local_path(layout.path(contract(address), zone))
    assert path
    return path
