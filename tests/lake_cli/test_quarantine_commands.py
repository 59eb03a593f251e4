"""`lake quarantine` shows what was rejected, without Spark: every byte, never markup, each record by its id."""

import base64
import json
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from deltalake import CommitProperties, write_deltalake
from typer.testing import CliRunner, Result

from expectations.rules import edition, rules
from lake_cli.main import build_app
from lake_cli.quarantine_screen import escaped
from lake_layout import tables
from lake_layout.contracts import Zone, contract
from spark_jobs import commits, storage

METRICS, BEATS = contract("wearables/health_metrics"), contract("wearables/heart_rate_readings")
MONDAY, TUESDAY = date(2025, 3, 24), date(2025, 3, 25)
ODD = b"[bold]\x1b[31m\x00\xff{}"
pytestmark = pytest.mark.usefixtures("own_lake")
UNIT = "heart_rate_unit_is_known: heart rate is sent in bpm"


def land(batch: int, *rows: tuple, edition: str = "", replayed: dict[str, int] | None = None) -> None:
    """Bronze rows (origin, partition, offset, event date, reasons, payload) as Spark writes them."""
    read_at = datetime(2025, 3, 26, tzinfo=UTC)
    columns = list(zip(*rows, strict=True))
    names = ("_origin", "_partition", "_offset", "_event_date", "_reasons", "_payload")
    types = (pa.string(), pa.int32(), pa.int64(), pa.date32(), pa.list_(pa.string()), pa.binary())
    found = {name: pa.array(column, type_) for name, column, type_ in zip(names, columns, types, strict=True)}
    found["_batch"], found["unit"] = pa.array([batch] * len(rows)), pa.array(["Hz"] * len(rows))
    found["_logged_at"] = pa.array([read_at] * len(rows), pa.timestamp("us", "UTC"))
    found["_status"] = pa.array([tables.REJECTED if why else tables.ACCEPTED for why in columns[4]])
    told = commits.Commit(batch, rows=replayed or {}, contract=edition).as_json()
    path = storage.local_path(tables.path(METRICS, Zone.BRONZE))
    assert path
    properties = CommitProperties(custom_metadata={"userMetadata": told})
    partitions = ["_status", "_event_date"]
    write_deltalake(path, pa.table(found), mode="append", partition_by=partitions, commit_properties=properties)


def lake(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(), ["quarantine", *arguments], env={"COLUMNS": "300", "TERM": "dumb"})


def ids(*arguments: str) -> list[str]:
    return [one["id"] for one in json.loads(lake("list", METRICS.address, "--json", *arguments).stdout)]


@pytest.fixture
def landed() -> None:
    land(
        1,
        ("topic", 0, 1, MONDAY, [UNIT], ODD),
        ("topic", 0, 2, MONDAY, [UNIT, "cannot_type: value is not double: [red]\x1b[0m"], b"x" * 5000),
        ("topic", 1, 1, TUESDAY, ["no_longer_asked: old words"], b"{}"),
        ("topic", 1, 2, TUESDAY, [], None),
        edition="1-before",
    )


def test_nothing_in_quarantine_is_said_and_is_an_empty_list() -> None:
    assert "nothing" in lake("summary").stderr
    assert json.loads(lake("list", "--json").stdout) == []


def test_the_summary_counts_by_rule_in_both_zones(landed: None) -> None:
    counted = json.loads(lake("summary", "--json").stdout)
    assert [(one["rule"], one["words"], one["records"], one["first"], one["last"]) for one in counted] == [
        ("heart_rate_unit_is_known", "heart rate is sent in bpm", 2, "2025-03-24", "2025-03-24"),
        ("cannot_type", "value is not double", 1, "2025-03-24", "2025-03-24"),
        ("no_longer_asked", "old words", 1, "2025-03-25", "2025-03-25"),
    ]


def test_a_list_is_narrowed_by_rule_and_dates_and_limit(landed: None) -> None:
    assert ids() == ["1:1@topic", "0:1@topic", "0:2@topic"]
    assert ids("--rule", "cannot_type") == ["0:2@topic"]
    assert ids("--from", "2025-03-25", "--to", "2025-03-25") == ["1:1@topic"]
    assert ids("--limit", "1") == ["1:1@topic"]
    assert "--limit" in lake("list", "--limit", "1").stderr


def test_what_was_judged_again_counts_as_it_was_judged_last(landed: None) -> None:
    told = {"replayed": 2, "accepted": 1, "still_rejected": 1}
    land(2, ("topic", 0, 1, MONDAY, [], None), ("topic", 0, 2, TUESDAY, ["is_low: now"], b"x"), replayed=told)
    assert ids() == ["0:2@topic", "1:1@topic"]
    assert ids("--rule", "cannot_type") == []
    assert ids("--to", "2025-03-24") == []


def test_payloads_come_whole_in_json_and_escaped_and_cut_on_a_screen(landed: None) -> None:
    shown = json.loads(lake("show", METRICS.address, "0:1", "--json").stdout)
    assert base64.b64decode(shown["payload_base64"]) == ODD
    assert "[bold]\\x1b[31m\\x00\\xff{}" in lake("show", METRICS.address, "0:1@topic").stdout
    cut, full = lake("show", METRICS.address, "0:2"), lake("show", METRICS.address, "0:2", "--full")
    assert cut.stdout.count("x" * 2000) == 1 and "3,000 bytes more" in cut.stderr
    assert "x" * 5000 in full.stdout.replace("\n", "")


def test_reasons_are_never_markup(landed: None) -> None:
    for command in (["list"], ["explain", METRICS.address, "0:2"], ["show", METRICS.address, "0:2"]):
        assert "[red]\\x1b[0m" in lake(*command).stdout
    assert "\x1b" not in lake("summary").stdout
    assert escaped("a\u202eb\n\ud83d\ude00".encode(errors="surrogatepass")).startswith("a\\u202eb\\n")


def test_an_explanation_holds_then_against_now(landed: None) -> None:
    told = json.loads(lake("explain", METRICS.address, "0:2", "--json").stdout)
    assert (told["contract_then"], told["contract_now"]) == ("1-before", edition(METRICS, Zone.BRONZE))
    unit, value = told["why"]
    (asked,) = [rule for rule in rules(METRICS.address, Zone.BRONZE) if rule.rule == "heart_rate_unit_is_known"]
    assert asked.reason in unit["asked_now"] and "bpm" in unit["asked_now"]
    assert [(one["name"], one["value"]) for one in unit["columns"]] == [("unit", "Hz"), ("metric_type", None)]
    assert METRICS.column("unit").description == unit["columns"][0]["description"]
    assert value["asked_now"] == "value: double, by the contract"
    assert "edited since" in told["to_do"][0]
    assert any("lake quarantine discard wearables/health_metrics 0:2@topic" in words for words in told["to_do"])
    gone = json.loads(lake("explain", METRICS.address, "1:1", "--json").stdout)
    assert gone["why"][0]["asked_now"] is None


def test_a_commit_that_knows_no_contract_is_explained_as_well(landed: None) -> None:
    land(2, ("topic", 5, 5, MONDAY, [UNIT], b"{}"))
    assert "not known then" in lake("explain", METRICS.address, "5:5").stdout


def test_an_id_must_name_one_record(landed: None) -> None:
    land(2, ("other", 0, 1, MONDAY, [UNIT], b"{}"))
    for asked, words in (("0:1", "0:1@topic"), ("7:7", "no record 7:7"), ("seven", "is no id")):
        result = lake("show", METRICS.address, asked)
        assert isinstance(result.exception, ValueError) and words in str(result.exception)
    assert lake("show", METRICS.address, "0:1@o").exit_code == 0


def test_wrong_usage_says_what_is_wrong() -> None:
    for arguments, words in (
        (["list", "wearables/heath_metrics"], "wearables/health_metrics"),
        (["list", "--from", "2025-03-25", "--to", "2025-03-24"], "after"),
        (["discard", METRICS.address, "--reason", "why"], "--rule"),
        (["discard", METRICS.address, "0:1"], "--reason"),
    ):
        result = lake(*arguments)
        assert result.exit_code == 2 and words in result.stderr


def test_a_replay_of_silver_names_the_command_that_judges_its_dates_again() -> None:
    path = storage.local_path(tables.path(BEATS, Zone.SILVER))
    row = {column.name: None for column in tables.columns(BEATS, Zone.SILVER)}
    found = [{**row, "event_date": day, "_status": "rejected", "_reasons": ["r: w"]} for day in (MONDAY, TUESDAY)]
    types = {"event_date": pa.date32(), "_reasons": pa.list_(pa.string())}
    schema = pa.schema([(name, types.get(name, pa.string())) for name in row])
    table = pa.Table.from_pylist(found, schema=schema)
    write_deltalake(str(path), table, partition_by=["_status", "event_date"])
    told = json.loads(lake("replay", BEATS.address, "--json").stdout)
    command = "lake run daily_etl --from 2025-03-24 --to 2025-03-25"
    assert told == {"bronze": {}, "silver": {BEATS.address: {"records": 2, "command": command}}}
    (shown, _) = json.loads(lake("list", BEATS.address, "--json").stdout)
    assert json.loads(lake("explain", BEATS.address, shown["id"], "--json").stdout)["why"][0]["rule"] == "r"
