"""What killed and meeting runs leave behind is in nobody's way."""

import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from lake_layout.contracts import contract
from lake_layout.profile import profile
from spark_jobs import session, storage
from spark_jobs.raw import files

LOGS = contract("app_logs/service_logs")
SESSION = "6f2c0c9e-5d0a-4d52-9d0b-1c2d3e4f5a6b"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_S3__ENABLED", "false")
    profile.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    profile.cache_clear()


@pytest.mark.parametrize(("text", "session_id"), [(SESSION, SESSION), ("", None), (SESSION[:20], None)])
def test_a_note_of_a_session_that_was_cut_short_counts_as_none(home: Path, text: str, session_id: str | None) -> None:
    note = session._note_of("land all")
    assert session._noted("land all") is None
    note.parent.mkdir(parents=True)
    note.write_text(text)
    assert session._noted("land all") == session_id


def test_a_run_that_ends_leaves_what_another_stages_under_the_same_name(home: Path) -> None:
    first, second = ExitStack(), ExitStack()
    first.enter_context(storage.staging("files/logs"))
    system, path, _ = second.enter_context(storage.staging("files/logs"))
    with system.open_output_stream(f"{path}/rows.parquet") as stream:
        stream.write(b"rows")
    first.close()
    assert Path(path, "rows.parquet").read_bytes() == b"rows"
    second.close()
    assert not Path(path).exists()


def test_many_files_are_staged_without_holding_all_of_them(home: Path) -> None:
    inbox = home / "inbox" / LOGS.address
    inbox.mkdir(parents=True)
    line, lines, count = "x" * 1023, 1024, 40
    for number in range(count):
        (inbox / f"{number:02}.log").write_text(f"{number:04}{line[4:]}\n" * lines)
    (inbox / "same-as-the-first.log").write_bytes((inbox / "00.log").read_bytes())
    tracemalloc.start()
    with pq.ParquetWriter(home / "rows.parquet", files._SCHEMA) as writer:
        staged = files.stage(LOGS, files._new_files(LOGS, set(), set()), writer)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (len(staged.files), staged.rows) == (count, count * lines)
    assert pq.read_metadata(home / "rows.parquet").num_rows == count * lines
    assert peak_bytes < count * lines * 1024 / 4
