"""Files of the inbox, and of a URL → raw: every line of every content once.

A file is known by the sha256 of its decompressed content, whatever its name: so a log belongs into the inbox
when it is closed, because a file that grew is another content. An empty file and one that cannot be
decompressed are one raw row each, and bronze rejects it with the reason: neither stops the others.
Alone: `python -m spark_jobs land --kind files`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from lake_layout import tables
from lake_layout.contracts import Contract, Files, Zone
from lake_layout.profile import profile
from spark_jobs import commits, read, storage, write
from spark_jobs.commits import Input
from spark_jobs.raw import inbox
from spark_jobs.sizing import tasks_for

EMPTY = "empty_file: the file has no lines"
_HEADERS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.binary())]))
_SCHEMA = pa.schema(
    [("_origin", pa.string()), ("_offset", pa.int64()), ("_value", pa.binary()), ("_headers", _HEADERS)]
)
_ATTEMPTS = 4
_ROWS_AT_ONCE = 20_000
New = tuple[inbox.Found, inbox.Content]
"""A file and its content."""


@write.replan_once
def land(spark: SparkSession, of: Contract) -> dict[str, int]:
    """Append the lines of new contents as one batch; returns counts. Nothing new makes no commit."""
    # Before the rows are asked for what is known: a commit in between is then noticed.
    progress = commits.progress(of, Zone.RAW)
    contents, versions = _known(spark, of)
    with storage.staging(f"files/{of.address}") as (system, path, uri):
        with pq.ParquetWriter(f"{path}/rows.parquet", _SCHEMA, filesystem=system) as writer:
            staged = stage(of, _new_files(of, contents, versions), writer)
        if not staged.files:
            return {"batches": 0, "files": 0, "rows": 0}
        commit = progress.plan({"files": staged.files}, read=staged.read)
        frame = _raw_rows(spark.read.parquet(uri), commit.batch)
        written = write.append(frame.coalesce(tasks_for(staged.rows)), of, Zone.RAW, commit)
    return {"batches": 1, "files": len(staged.files), "rows": written.rows["written"]}


@dataclass
class Staged:
    """What was written down to be landed: the files by the sha256 of their content, and how many rows of each."""

    files: dict[str, dict[str, str]] = field(default_factory=dict)
    read: list[Input] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return sum(one.row_count or 0 for one in self.read)


def stage(of: Contract, new: Iterable[New], writer: pq.ParquetWriter) -> Staged:
    """Write the rows of new files as they are read, so that memory never holds the contents of all."""
    staged = Staged()
    for found, content in new:
        sha256 = content.sha256
        staged.files[sha256] = {"file": found.path, "version": found.version}
        rows, count = _rows(of, found, content, sha256), 0
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            writer.write_batch(pa.RecordBatch.from_pylist(some, schema=_SCHEMA))
            count += len(some)
        staged.read.append(Input("file", found.path, row_count=count, size_bytes=len(content.data), checksum=sha256))
    return staged


def _new_files(of: Contract, contents: set[str], versions: set[tuple[str, str]]) -> Iterator[New]:
    """Files of unknown content; those that raw has in the very version listed are not opened again."""
    seen = set(contents)
    for found, content in _candidates(of, versions):
        if (sha256 := content.sha256) not in seen:
            seen.add(sha256)
            yield found, content


def _known(spark: SparkSession, of: Contract) -> tuple[set[str], set[tuple[str, str]]]:
    """Contents in raw and the listed files they came from: from the commits, or the rows where a commit is gone."""
    found = commits.since(of, Zone.RAW, 0)
    if found is None or any("files" not in one.inputs for one in found):
        columns = ("_origin", _header("file"), _header("version"))
        rows = [row.asDict() for row in read.table(spark, of, Zone.RAW).select(*columns).distinct().collect()]
    else:
        rows = [{"_origin": origin, **file} for one in found for origin, file in one.inputs["files"].items()]
    return {row["_origin"] for row in rows}, {(row["file"], row["version"]) for row in rows}


def _header(key: str) -> Column:
    chosen = F.filter("_headers", lambda header: header.getField("key") == key)
    return F.get(chosen, F.lit(0)).getField("value").cast("string").alias(key)


def _candidates(of: Contract, versions: set[tuple[str, str]]) -> Iterator[New]:
    assert isinstance(of.origin, Files)
    for found in inbox.listing(of):
        if (found.path, found.version) not in versions:
            yield found, inbox.read(of, found)
    if of.origin.url:
        yield inbox.Found(of.origin.url, ""), inbox.decompressed(_fetch(of.origin.url))


@retry(
    retry=retry_if_exception_type(httpx.TransportError),
    stop=stop_after_attempt(_ATTEMPTS),
    wait=wait_exponential(),
    reraise=True,
)
def _fetch(url: str) -> bytes:
    answer = httpx.get(url, timeout=profile().timeouts.connect, follow_redirects=True)
    return answer.raise_for_status().content


def _rows(of: Contract, found: inbox.Found, content: inbox.Content, origin: str) -> Iterator[dict[str, object]]:
    """One row for each line, with its number; the first line of a CSV file goes with each of its rows."""
    assert isinstance(of.origin, Files)
    about = [_pair("file", found.path.encode()), _pair("version", found.version.encode())]
    if reason := content.unreadable:
        damaged = [*about, _pair("unreadable", reason.encode())]
        yield {"_origin": origin, "_offset": 0, "_value": content.data, "_headers": damaged}
        return
    lines = content.lines()
    if of.origin.format == "csv" and (first := next(lines, None)):
        about.append(_pair("header", first[1]))
    empty = True
    for number, line in lines:
        empty = False
        yield {"_origin": origin, "_offset": number, "_value": line, "_headers": about}
    if empty:
        nothing = [*about, _pair("unreadable", EMPTY.encode())]
        yield {"_origin": origin, "_offset": 0, "_value": None, "_headers": nothing}


def _pair(key: str, value: bytes) -> dict[str, object]:
    return {"key": key, "value": value}


def _raw_rows(staged: DataFrame, batch: int) -> DataFrame:
    seen_at = datetime.now(UTC)
    return staged.withColumns(
        {
            "_batch": F.lit(batch).cast("bigint"),
            "_landed_date": F.lit(seen_at.date()),
            "_partition": F.lit(0),
            "_logged_at": F.lit(seen_at),
            "_key": F.lit(None).cast("binary"),
        }
    ).select(*(column.name for column in (*tables.RAW, *tables.RAW_BYTES)))
