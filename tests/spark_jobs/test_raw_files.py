"""Files land once by their content; what cannot be read is kept, named and in nobody's way."""

import gzip
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pyspark.sql import SparkSession

from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import commits, read
from spark_jobs.bronze import build
from spark_jobs.raw import files

LINES = "2025-03-24T07:00:00Z INFO api one\n\n2025-03-24T07:00:01Z INFO api two\n"


@pytest.fixture
def lines(own_datasets: None) -> Contract:
    return contract("tests/lines")


@pytest.fixture
def inbox(tmp_path: Path, lines: Contract) -> Path:
    folder = tmp_path / "inbox" / lines.address
    folder.mkdir(parents=True)
    return folder


def raw_lines(spark: SparkSession, of: Contract) -> list[tuple[int, bytes | None]]:
    rows = read.table(spark, of, Zone.RAW).orderBy("_offset").collect()
    return [(row["_offset"], bytes(row["_value"]) if row["_value"] is not None else None) for row in rows]


def test_a_line_is_a_row_with_its_number_in_the_file(spark: SparkSession, lines: Contract, inbox: Path) -> None:
    (inbox / "api.log").write_text(LINES)
    assert files.land(spark, lines)["rows"] == 2
    assert raw_lines(spark, lines) == [
        (1, b"2025-03-24T07:00:00Z INFO api one"),
        (3, b"2025-03-24T07:00:01Z INFO api two"),
    ]


def test_the_same_content_under_another_name_lands_once(spark: SparkSession, lines: Contract, inbox: Path) -> None:
    (inbox / "api.log").write_text(LINES)
    files.land(spark, lines)
    (inbox / "api-1.log").write_text(LINES)
    (inbox / "api-2.log.gz").write_bytes(gzip.compress(LINES.encode()))
    (inbox / ".api-3.log").write_text("half written")
    assert files.land(spark, lines) == {"batches": 0, "files": 0, "rows": 0}
    newest = commits.newest(lines, Zone.RAW)
    assert newest is not None and newest.batch == 1


def test_damaged_and_empty_files_are_noted_once_and_stop_nobody(
    spark: SparkSession, lines: Contract, inbox: Path
) -> None:
    damaged = gzip.compress(LINES.encode() * 50)[:60]
    (inbox / "a-damaged.log.gz").write_bytes(damaged)
    (inbox / "b-empty.log").write_text("")
    (inbox / "c-good.log").write_text(LINES)
    assert files.land(spark, lines)["files"] == 3
    assert files.land(spark, lines)["files"] == 0
    assert build.build(spark, lines) == {"raw": 4, "accepted": 2, "rejected": 2}
    rejected = read.table(spark, lines, Zone.BRONZE).where("_status = 'rejected'").orderBy("_reasons").collect()
    assert rejected[0]["_reasons"] == ["empty_file: the file has no lines"]
    assert rejected[1]["_reasons"][0].startswith("unreadable_file: damaged gzip")
    assert bytes(rejected[1]["_payload"]) == damaged


def test_what_a_url_serves_lands_once(spark: SparkSession, lines: Contract, tmp_path: Path) -> None:
    (tmp_path / "api.log.gz").write_bytes(gzip.compress(LINES.encode()))
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/api.log.gz"
        served = lines.model_copy(update={"origin": lines.origin.model_copy(update={"url": url})})
        assert [files.land(spark, served)["rows"] for _ in range(2)] == [2, 0]
        server.shutdown()


def test_staged_files_are_gone_afterwards(spark: SparkSession, lake: Path, lines: Contract, inbox: Path) -> None:
    (inbox / "api.log").write_text(LINES)
    files.land(spark, lines)
    assert not list((lake / "staging").rglob("*.parquet"))
