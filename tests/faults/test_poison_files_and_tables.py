"""Files cut short and tables suddenly empty: each says what is wrong with it, and every other origin goes on."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from lake_layout import tables
from lake_layout.contracts import Contract, Zone, contract
from lake_layout.profile import profile
from spark_jobs import read, storage
from spark_jobs.bronze import build
from spark_jobs.halt import Halt
from spark_jobs.raw import land
from tests.landing_stack import produce, sql, topic

HEADER, LINE = "city,date,price\n", "Oslo,2025-03-24,1.5\n"
WHOLE = gzip.compress((HEADER + LINE * 500).encode())
NOT_CSV = "not_csv: the line does not fit its file's header"
NO_HEADER = "not_csv: the file has no header line"
# File → its bytes, and the reasons of its lines; an empty reason is an accepted line.
FILES: dict[str, tuple[bytes, list[str]]] = {
    "good.csv": ((HEADER + LINE).encode(), [""]),
    "good.csv.gz": (gzip.compress((HEADER + "Bergen,2025-03-24,1.5\n").encode()), [""]),
    "empty.csv": (b"", ["empty_file: "]),
    "only_a_header.csv": (HEADER.encode(), ["empty_file: "]),
    "only_line_ends.csv": (b"\r\n\r\n", ["empty_file: "]),
    "cut_in_its_body.csv.gz": (WHOLE[:-12], ["unreadable_file: damaged gzip"]),
    "cut_in_its_head.csv.gz": (WHOLE[:5], ["unreadable_file: damaged gzip"]),
    "followed_by_noise.csv.gz": (WHOLE + b"noise", ["unreadable_file: damaged gzip"]),
    "cut_in_a_line.csv": ((HEADER + LINE + "Oslo,2025-03").encode(), ["", NOT_CSV]),
    "cut_in_a_quote.csv": ((HEADER + '"Oslo,2025-03-24,1.5\n' + LINE).encode(), [NOT_CSV, ""]),
    "utf_16.csv": ((HEADER + LINE).encode("utf-16"), [NO_HEADER, NO_HEADER]),
    "a_header_without_end.csv": (("x" * 200_000 + "\n" + LINE).encode(), [NO_HEADER]),
    "a_line_of_commas.csv": ((HEADER + "," * 100_000 + "\n" + LINE).encode(), [NOT_CSV, ""]),
    "numbers.csv": (
        (
            HEADER + "".join(f"Oslo,2025-03-24,{number}\n" for number in ("1e-2000000000", "1e400", "9" * 200_000))
        ).encode(),
        ["cannot_type: price"] * 3,
    ),
}


@pytest.fixture
def prices(environment: dict[str, str]) -> Contract:
    """A contract whose inbox holds all the files."""
    of = contract("tests/prices")
    folder = Path(profile().lake.inbox.removeprefix("file:"), of.address)
    folder.mkdir(parents=True)
    for name, (content, _) in FILES.items():
        (folder / name).write_bytes(content)
    return of


def test_what_is_wrong_with_a_file_is_said_of_each_of_its_lines(connected: SparkSession, prices: Contract) -> None:
    expected = sum(len(reasons) for _, reasons in FILES.values())
    found = land.run("files", [prices.address])[prices.address]
    assert found == {"batches": 1, "files": len(FILES), "rows": expected}
    assert build.build(connected, prices)["raw"] == expected
    raw = read.table(connected, prices, Zone.RAW).selectExpr("_origin", "_offset", "_value", "_headers")
    rows = read.table(connected, prices, Zone.BRONZE).join(raw, ["_origin", "_offset"]).orderBy("_offset").collect()
    judged: dict[str, list[str]] = {name: [] for name in FILES}
    for row in rows:
        (path,) = (bytes(header["value"]).decode() for header in row["_headers"] if header["key"] == "file")
        judged[Path(path).name].append(row["_reasons"][0] if row["_reasons"] else "")
        assert row["_status"] == tables.ACCEPTED or row["_payload"] == row["_value"]
    for name, (_, reasons) in FILES.items():
        assert len(judged[name]) == len(reasons), name
        assert all(
            told.startswith(wanted) and bool(told) == bool(wanted)
            for told, wanted in zip(judged[name], reasons, strict=True)
        ), (name, judged[name])


def test_a_table_that_is_empty_or_gone_halts_alone(
    environment: dict[str, str], prices: Contract, on_its_own_topic: Callable[[str], Contract]
) -> None:
    members, clubs = (contract(f"tests/{name}") for name in ("members", "clubs"))
    readings = on_its_own_topic("tests/readings")
    today = "ALTER DATABASE fitness_app SET lake.simulated_now = '2025-03-{}T00:00:00Z'"
    fill = "DROP TABLE IF EXISTS {0}; CREATE TABLE {0} AS SELECT 'x' || n AS {1} FROM generate_series(1, 10) n"
    sql(today.format(25), fill.format("members", "member_id"), fill.format("clubs", "club_id"))
    land.run("snapshot", [members.address, clubs.address])
    for day, statement, words in (
        (26, "DELETE FROM members", "tests/members: the table has 0 rows, the last snapshot had 10"),
        (27, "DROP TABLE members", "has no table members"),
    ):
        sql(statement, today.format(day))
        produce(readings, ["one"])
        with pytest.raises(Halt, match=words):
            land.run(None, [one.address for one in (readings, prices, members, clubs)])
        assert f"clubs@2025-03-{day}T00:00:00+00:00" in _origins(clubs)
    assert topic(readings) in _origins(readings)
    assert len(_origins(prices)) == len({content for content, _ in FILES.values()})
    assert _origins(members) == {"members@2025-03-25T00:00:00+00:00"}


def _origins(of: Contract) -> set[str]:
    table = storage.open_table(tables.path(of, Zone.RAW))
    assert table is not None
    return set(table.to_pyarrow_table(columns=["_origin"]).column(0).to_pylist())
