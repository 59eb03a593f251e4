"""`lake bi` where there is nothing to show."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lake_cli.main import build_app
from lake_layout.profile import profile
from local_stack.service import StackError
from tests.free_port import free_port


def test_without_a_stack_it_says_what_brings_one_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_POSTGRES__PORT", str(free_port()))
    profile.cache_clear()
    error = CliRunner().invoke(build_app(), ["bi"]).exception
    profile.cache_clear()
    assert isinstance(error, StackError)
    assert "Superset shows the marts" in str(error) and "`make demo`" in str(error)
    # It has switched nothing on.
    assert not (tmp_path / "profile.env").exists()
