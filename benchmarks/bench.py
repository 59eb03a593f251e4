"""The runs of a bench: services up, events and people ready, then all contenders in turn, round by round.

`<home>/bench/<events>-<seed>-<code>/` has a JSON file for each finished run, so that a bench of this code that was
interrupted goes on where it stopped. One that is whole leaves them in a folder named after its result.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine, page, results
from benchmarks.input import people, topics
from benchmarks.kafka_to_marts import tables
from benchmarks.workloads import WORKLOADS, Given, Workload
from lake_cli.stack import down, start
from lake_layout.profile import REPOSITORY, profile
from spark_jobs import code_version

SIZES = {"S": 1_000_000, "M": 10_000_000, "L": 50_000_000}
Tell = Callable[[str], None]


class Unequal(Exception):
    """Two contenders made different things of the same events."""


def events_of(size: str) -> int:
    """Raises ValueError: neither a size nor a number."""
    return SIZES.get(size.upper()) or int(size)


def run(
    events: int, seed: int, chosen: Collection[str], names: Collection[str], repeats: int, into: Path, tell: Tell
) -> tuple[Path, dict[str, Any]]:
    """Run the chosen workloads with contenders of these names, or all of them, as far as an interrupted bench has not.

    Gives the file of the result, with its page beside it, and what it holds. Raises Unequal, and CalledProcessError
    where a contender fails.
    """
    workloads = {name: one for name, one in WORKLOADS.items() if name in chosen}
    folder = in_progress(events, seed)
    if not folder.exists():
        # A Spark server gets faster for several runs: each bench begins with a cold one, or no two could be compared.
        down(["spark", *(service for one in WORKLOADS.values() for service in one.starts)])
    start(sorted({service for one in workloads.values() for service in one.services}))
    ready = _people_ready(tell)
    for workload, one in workloads.items():
        # Runs of fewer events than all agree among themselves.
        said: defaultdict[int, list[dict[str, str]]] = defaultdict(list)
        for name, nth in plan(one, names, repeats):
            result = folder / f"{workload}-{name}-{nth}.json"
            if not result.exists():
                if "kafka" in one.services and not one.sends:
                    topics.fill(seed, events, lambda sent: tell(f"{sent:,} of {events:,} events sent"))
                _one(workload, name, Given(events, ready, seed), result)
            found = json.loads(result.read_text())
            tell(f"{workload} {name:<12} {'warm-up' if nth == 0 else f'run {nth}'}: {_told(found)}")
            require_equal(said[found.get("events", events)], name, found)
        if one.starts:
            down(list(one.starts))
    path, told = _write(folder, events, seed, into)
    folder.rename(folder.parent / path.stem)
    return path, told


def in_progress(events: int, seed: int) -> Path:
    """The folder of the runs of a bench that is not whole yet."""
    return profile().home / "bench" / f"{events}-{seed}-{code_version.current()}"


def plan(one: Workload, names: Collection[str], repeats: int) -> Iterator[tuple[str, int]]:
    """Contender and number of its run, 0 to warm up: interleaved, so that a slow hour of the machine meets all."""
    wanted = [name for name in one.contenders if not names or name in names]
    if not one.profiles:
        # The first is run once whatever is wanted, for the others are held against it.
        yield from ((name, 0) for at, name in enumerate(one.contenders) if at == 0 or name in wanted)
    for nth in range(1, (max(1, repeats) if one.profiles else repeats) + 1):
        yield from ((name, nth) for name in wanted if name not in one.once)


def _people_ready(tell: Tell) -> Path:
    """A lake that holds the histories of people and devices, made by our own jobs once."""
    lake = profile().home / "lake" / "people"
    done = lake / "done"
    if not done.exists():
        tell("people and devices: database → silver")
        people.fill()
        for command in ("land", "bronze", "silver"):
            job = [sys.executable, "-m", "spark_jobs", command, *tables.PEOPLE]
            subprocess.run(job, cwd=REPOSITORY, env=_environment(lake), check=True, stdout=subprocess.DEVNULL)
        done.touch()
    return lake


def _one(workload: str, name: str, given: Given, result: Path) -> None:
    one = WORKLOADS[workload]
    own = one.profiles.get(name, {})
    if one.profiles:
        up = [sys.executable, "-m", "lake_cli", "up", *one.services]
        subprocess.run(up, cwd=REPOSITORY, env={**os.environ, **own}, check=True, capture_output=True)
    words = (workload, name, given.events, given.people, given.seed, result)
    command = [sys.executable, "-m", "benchmarks", "one", *map(str, words)]
    log = result.with_suffix(".log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        # Below the lake of the stack, for ClickHouse reads no file elsewhere.
        lake = profile().home / "lake" / "run"
        subprocess.run(
            command, cwd=REPOSITORY, env={**_environment(lake), **own}, check=True, stdout=output, stderr=output
        )


def _environment(lake: Path) -> dict[str, str]:
    # Sail would take `file:/path` for a folder below its own.
    return {**os.environ, "LAKE_LAKE__ROOT": f"file://{lake}"}


def require_equal(said: list[dict[str, str]], name: str, found: dict[str, Any]) -> None:
    """Against what earlier runs `said` of the tables, to which it is added: all that the first one knows, and what else
    both know. A variant that is held against no other has None.
    """
    made = found["checksums"]
    if made is None:
        return
    known = {table: of for one in said for table, of in one.items() if one is said[0] or table in made}
    different = [f"{table}: {of}, {name} has {made.get(table)}" for table, of in known.items() if made.get(table) != of]
    if different:
        raise Unequal(f"{name} made other tables:\n" + "\n".join(different))
    said.append(made)


def _told(found: dict[str, Any]) -> str:
    stages = found["stages"]
    whole = sum(one["seconds"] for one in stages.values())
    return f"{whole:7.1f} s  " + "  ".join(f"{stage} {one['seconds']:.1f}" for stage, one in stages.items())


def _write(folder: Path, events: int, seed: int, into: Path) -> tuple[Path, dict[str, Any]]:
    now = datetime.now(UTC)
    workloads = results.gathered(folder)
    grown = {name: results.growths(contenders) for name, contenders in workloads.items()}
    result = {
        "events": events,
        "seed": seed,
        "at": now.isoformat(timespec="seconds"),
        "machine": machine.told(profile().home),
        "workloads": workloads,
        "growth": {name: of_stages for name, of_stages in grown.items() if of_stages},
    }
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{events}-{now:%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    history = [json.loads(one.read_text()) for one in sorted(into.glob(f"{events}-*.json"))]
    path.with_suffix(".html").write_text(page.html(result, history))
    return path, result
