"""The catalogue: a page for each dataset, links that lead somewhere, nothing of a text that is not escaped."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lake_cli.catalogue import page_of
from lake_cli.main import build_app
from lake_layout.contracts import contracts
from lake_layout.profile import profile


@pytest.fixture
def site(own_lake: None, tmp_path: Path) -> Path:
    target = tmp_path / "site"
    target.mkdir()
    (target / "mine.html").write_text("somebody's own page")
    written(target)
    with (target / ".catalogue").open("a") as pages:
        pages.write("\ngone__dataset.html")
    (target / "gone__dataset.html").write_text("a dataset of yesterday")
    written(target)
    return target


def written(target: Path) -> None:
    done = CliRunner().invoke(build_app(), ["catalogue", "--to", str(target)])
    assert done.exit_code == 0, done.output


def test_every_dataset_has_a_page_and_of_the_others_only_those_of_old_datasets_go(site: Path) -> None:
    pages = {"index.html", *map(page_of, contracts())}
    assert {path.name for path in site.iterdir()} == pages | {".catalogue", "mine.html"}


def test_every_link_leads_to_a_page(site: Path) -> None:
    for page in map(page_of, contracts()):
        for target in re.findall(r'href="([^"]+)"', (site / page).read_text()):
            assert (site / target).exists(), f"{page} links to {target}"


def test_a_page_tells_columns_units_rules_lineage_and_what_is_not_there_yet(site: Path) -> None:
    text = (site / page_of("wearables/heart_rate_readings")).read_text()
    for words in (
        "heart_rate_bpm",
        "bpm",
        "personal",
        "app_db__devices.html",
        "health__heart_rate_1m.html",
        "quarantine",
    ):
        assert words in text
    assert "nothing has been written to it yet" in text


def test_words_of_a_contract_are_text_and_not_markup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    datasets = shutil.copytree(profile().datasets, tmp_path / "datasets")
    groups = datasets / "app_db" / "groups.yml"
    groups.write_text(groups.read_text().replace("Name of the group.", "Its <script>name</script> & more."))
    monkeypatch.setenv("LAKE_DATASETS", str(datasets))
    for cached in (profile, contracts):
        cached.cache_clear()
    try:
        assert CliRunner().invoke(build_app(), ["catalogue", "--to", str(tmp_path / "site")]).exit_code == 0
    finally:
        monkeypatch.undo()
        for cached in (profile, contracts):
            cached.cache_clear()
    text = (tmp_path / "site" / page_of("app_db/groups")).read_text()
    assert "Its &lt;script&gt;name&lt;/script&gt; &amp; more." in text
    assert "<script>" not in text
