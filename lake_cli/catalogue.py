"""`lake catalogue`: every dataset as a page of a static site, from contracts, rules and the logs of the tables."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli.screen import bar, out

if TYPE_CHECKING:
    from lake_layout.contracts import Contract
    from spark_jobs.overview import State

_TEMPLATES = Path(__file__).with_name("site")


@dataclass(frozen=True)
class Entry:
    """A line of the index; `words` are what the search looks through."""

    of: "Contract"
    page: str
    truest: "State"
    words: str


def register(app: typer.Typer) -> None:
    app.command()(catalogue)


def catalogue(
    folder: Annotated[Path | None, typer.Option("--to", help="Folder; by default `catalogue` in the home.")] = None,
) -> None:
    """Write the catalogue of all datasets as a static site: meaning, columns, rules, lineage, rows and freshness."""
    from lake_layout.profile import profile

    target = folder or profile().home / "catalogue"
    target.mkdir(parents=True, exist_ok=True)
    with bar("Writing the catalogue") as progress:
        pages = _pages(progress)
    _remove_old_pages(target, set(pages))
    for name, text in pages.items():
        (target / name).write_text(text, encoding="utf-8")
    out.print(f"{len(pages)} pages: {target / 'index.html'}", highlight=False)


def _remove_old_pages(target: Path, names: set[str]) -> None:
    """Pages that an earlier catalogue left and this one has not; nothing else that lies in the folder."""
    listed = target / ".catalogue"
    written = set(listed.read_text(encoding="utf-8").splitlines()) if listed.exists() else set()
    for old in written - names:
        (target / Path(old).name).unlink(missing_ok=True)
    listed.write_text("\n".join(sorted(names)), encoding="utf-8")


def _pages(progress: Any) -> dict[str, str]:
    """Name of a file → its HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from lake_layout.contracts import contracts

    site = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    site.globals.update(made_at=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", page_of=page_of)
    found, entries = {}, []
    for number, of in enumerate(contracts().values(), 1):
        told = _dataset(of)
        found[page_of(of.address)] = site.get_template("dataset.html").render(title=of.address, **told)
        entries.append(Entry(of, page_of(of.address), told["states"][-1], _words(of)))
        progress(number / len(contracts()))
    found["index.html"] = site.get_template("index.html").render(title="Datasets of the lakehouse", entries=entries)
    return found


def page_of(address: str) -> str:
    """The file of a dataset's page."""
    return f"{address.replace('/', '__')}.html"


def _dataset(of: "Contract") -> dict[str, Any]:
    from expectations.rules import rules
    from lake_layout import story, tables
    from lake_layout.contracts import Zone
    from spark_jobs import overview

    return {
        "of": of,
        "story": story.tell(of.address),
        "states": overview.states([of], Zone),
        "columns": tables.shown(of),
        "rules": [(zone, rule) for zone in of.zones if zone is not Zone.RAW for rule in rules(of.address, zone)],
    }


def _words(of: "Contract") -> str:
    told = [of.address, of.description, of.owner, *(f"{column.name} {column.description}" for column in of.columns)]
    return " ".join(told).lower()
