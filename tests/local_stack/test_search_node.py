"""What the search node is started with: passwords only as hashes, files for the owner alone, one node per password."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lake_layout.profile import profile
from local_stack import jars, supervisor
from local_stack.passwords import ensure_passwords
from local_stack.search import configuration, service
from local_stack.services import all_services


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home with a search."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_SEARCH__ENABLED", "true")
    profile.cache_clear()
    ensure_passwords()
    supervisor.make_folders()
    yield tmp_path
    monkeypatch.undo()
    profile.cache_clear()


def test_the_node_is_a_service_only_where_it_was_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "search" in {one.name for one in all_services()}
    monkeypatch.setenv("LAKE_SEARCH__ENABLED", "false")
    monkeypatch.setenv("LAKE_SEARCH__URL", "https://search.example:9200")
    (home / "profile.env").unlink()
    profile.cache_clear()
    assert "search" not in {one.name for one in all_services()}


def test_the_node_starts_once_for_its_passwords_and_empty_for_others(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.prepare()
    users = home / "search" / "config" / "opensearch-security" / "internal_users.yml"
    first, data = users.read_text(), home / "search" / "data"
    data.mkdir()
    service.prepare()
    assert users.read_text() == first and data.exists()
    told = yaml.safe_load(first)
    assert {name: told[name]["hash"][:4] for name in ("lake", "bi_reader")} == {"lake": "$2y$", "bi_reader": "$2y$"}
    written = [path for path in (home / "search" / "config").rglob("*") if path.is_file()]
    secrets = [profile().search.password, profile().search.reader_password]
    assert len(written) == 10
    for path in written:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not [one for one in secrets if one.get_secret_value() in path.read_text()]

    monkeypatch.setenv("LAKE_SEARCH__READER_PASSWORD", "another")
    profile.cache_clear()
    service.prepare()
    assert users.read_text() != first and not data.exists()


def test_only_a_plugin_that_is_whole_stays_as_it_was_unpacked(home: Path) -> None:
    service._folder().mkdir()
    service._unpack_plugin()
    plugin = home / "search" / "plugin"
    sizes = {path.name: path.stat().st_size for path in plugin.iterdir()}
    assert "opensearch-security-2.19.1.0.jar" in sizes and all(name.endswith(".jar") for name in sizes)
    (plugin / "guava-33.4.0-jre.jar").write_bytes(b"short")
    (plugin / "old.jar").touch()
    service._unpack_plugin()
    assert {path.name: path.stat().st_size for path in plugin.iterdir()} == sizes


def test_the_reader_may_read_what_the_lake_indexed_and_no_more(home: Path) -> None:
    files = configuration.access(lambda password: password)
    role = files["roles"]["lake_reader"]
    assert role["cluster_permissions"] == []
    assert role["index_permissions"] == [{"index_patterns": ["lake", "lake_r*"], "allowed_actions": ["read"]}]
    assert files["rolesmapping"]["lake_reader"]["users"] == ["bi_reader"]


def test_the_node_listens_where_the_profile_says_and_its_transport_on_this_machine_only(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_LISTEN_ADDRESS", "0.0.0.0")
    profile.cache_clear()
    told = configuration.settings(home)
    assert (told["http.host"], told["transport.host"]) == ("0.0.0.0", "127.0.0.1")


def test_a_zip_of_the_lock_is_a_file_of_its_group() -> None:
    locked = json.loads(jars.LOCK.read_text())["search"]
    zips = [coordinate for coordinate in locked if coordinate.count(":") == 3]
    assert zips == ["org.opensearch.plugin:opensearch-security:2.19.1.0:zip"]
    assert jars._file_name(zips[0]) == "org.opensearch.plugin__opensearch-security__2.19.1.0.zip"
