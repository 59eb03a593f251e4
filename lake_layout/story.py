"""Everything that belongs to one dataset: address → its files in every room, its inputs and its readers.

Files are found by the places where they must stand; a dbt model by what it reads. Alone: `lake story ADDRESS`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lake_layout import tables
from lake_layout.contracts import Contract, KafkaLog, Snapshot, Zone, contract, contracts
from lake_layout.profile import REPOSITORY, profile

_SOURCE = re.compile(r"source\(\s*'(\w+)',\s*'(\w+)'\s*\)")
_REF = re.compile(r"ref\(\s*'(\w+)'\s*\)")


@dataclass(frozen=True)
class Part:
    """A file (relative to the repository) or table of a dataset, and what it is there for."""

    room: str
    place: str
    what: str


@dataclass(frozen=True)
class Story:
    """`inputs` and `readers` are addresses; `origin` in words, empty for a computed table."""

    address: str
    description: str
    owner: str
    origin: str
    grain: tuple[str, ...]
    inputs: tuple[str, ...]
    readers: tuple[str, ...]
    parts: tuple[Part, ...]


def tell(address: str) -> Story:
    """Raises KeyError, with the nearest addresses: there is no such dataset."""
    of = contract(address)
    return Story(
        address=of.address,
        description=of.description,
        owner=of.owner,
        origin=_origin(of),
        grain=tables.grain(of, of.zones[-1]),
        inputs=tuple(one for one in of.reads.values() if one != of.address),
        readers=tuple(one.address for one in contracts().values() if one != of and of.address in one.inputs.values()),
        parts=tuple(_parts(of)),
    )


def _origin(of: Contract) -> str:
    if isinstance(of.origin, KafkaLog):
        return f"Kafka topic {of.origin.topic}"
    if isinstance(of.origin, Snapshot):
        return f"table {of.origin.table} of the application database, every {of.origin.every}"
    return f"files in inbox/{of.address}/" if of.origin else ""


def _parts(of: Contract) -> Iterator[Part]:
    yield from _there(Part("lake_layout", str(profile().datasets / f"{of.address}.yml"), "contract"))
    yield from _there(Part("expectations", str(profile().rules / f"{of.address}.yml"), "rules"))
    for zone in (Zone.SILVER, Zone.GOLD):
        module = REPOSITORY / "spark_jobs" / zone / of.source / f"{of.dataset}.py"
        yield from _there(Part("spark_jobs", str(module), f"how {zone} is computed"))
    for zone in of.zones:
        yield Part("lake", tables.path(of, zone), f"table of {zone}")
    for name, path in sorted(_models_of(of).items()):
        yield from _there(Part("dbt_project", str(path), f"dbt model {name}"))
    for path in sorted((REPOSITORY / "tests").rglob("test_*.py")):
        if of.zones[-1] in (Zone.SILVER, Zone.GOLD) and re.search(rf"\b{of.dataset}\b", path.read_text()):
            yield from _there(Part("tests", str(path), "test that names it"))


def _there(part: Part) -> Iterator[Part]:
    path = Path(part.place)
    if path.exists():
        known = path.is_relative_to(REPOSITORY)
        yield Part(part.room, str(path.relative_to(REPOSITORY)) if known else part.place, part.what)


def _models_of(of: Contract) -> dict[str, Path]:
    """The dbt models that read the dataset, and all that read those."""
    models = {path.stem: path for path in (REPOSITORY / "dbt_project" / "models").rglob("*.sql")}
    texts = {name: path.read_text() for name, path in models.items()}
    found = {name for name, text in texts.items() if (of.source, of.dataset) in _SOURCE.findall(text)}
    while more := {name for name, text in texts.items() if found & set(_REF.findall(text))} - found:
        found |= more
    return {name: models[name] for name in found}


def rooms(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """The parts of each room, in the order in which they were told."""
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.room, []).append(part)
    return found
