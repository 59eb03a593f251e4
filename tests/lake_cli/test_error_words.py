"""What a person reads when a command cannot do its work."""

import errno
from pathlib import Path

import pytest

from lake_cli.error_words import words_of
from lake_layout.profile import profile


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    profile.cache_clear()
    yield tmp_path
    profile.cache_clear()


def test_a_setting_that_cannot_be_is_named_with_where_it_stands_and_without_its_value(home: Path) -> None:
    (home / "profile.env").write_text("LAKE_KAFKA__PORT=hidden\n")
    with pytest.raises(ValueError) as raised:
        profile()
    words = words_of(raised.value)
    assert words.startswith("LAKE_KAFKA__PORT has a value that cannot be: ")
    assert str(home / "profile.env") in words
    assert "hidden" not in words


def test_a_full_disk_is_said_with_what_lies_on_it(home: Path) -> None:
    assert f"The disk is full. Free some space ({home} lies on it" in words_of(OSError(errno.ENOSPC, "No space left"))


def test_what_was_noted_on_the_way_is_said_after_the_error() -> None:
    error = RuntimeError("Kafka is away")
    error.add_note("Run it again.")
    assert words_of(error) == "Kafka is away\nRun it again."


def test_an_error_without_words_is_called_by_its_name() -> None:
    assert words_of(KeyError()) == "KeyError"
