"""One simulated date after the other: lives → Kafka, database, files, and the truth about them.

A date is a function of (seed, people, date): simulated alone or in a range, once or twice, it is the same. With
faults, devices that were offline send a date's records one or two dates later, but never before the first
simulated date. Alone: `lake simulate --users 5 --from 2025-03-24 --to 2025-03-24 --seed 7`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from local_stack import event_log
from local_stack.simulator import database, faults, inbox
from local_stack.simulator.facts import write_facts
from local_stack.simulator.faults import Counts
from local_stack.simulator.files import files_of
from local_stack.simulator.manifest import Manifest
from local_stack.simulator.messages import Parcel
from local_stack.simulator.truth.known import Known
from local_stack.simulator.truth.marts import write_marts
from local_stack.simulator.world import PersonDay, person_day

Progress = Callable[[float], None]


@dataclass
class Production:
    """What arrives on one date: `recorded` by devices, on this date or held back since, and what happened `online`."""

    recorded: list[PersonDay]
    online: list[PersonDay]
    counts: Counts


def _seen(seed: int, number: int, people: int, on: date, first: date, into: Production) -> Iterator[Parcel]:
    """Everything of one person that arrives on a date, when things go wrong."""
    for back in range(faults.LONGEST_OFFLINE_DAYS + 1):
        earlier = on - timedelta(days=back)
        if earlier < first or (back and faults.days_offline(seed, number, earlier) != back):
            continue
        day = person_day(seed, number, people, earlier, back)
        if day and back == faults.days_offline(seed, number, earlier):
            into.recorded.append(day)
            yield from faults.recorded_with_faults(seed, day, into.counts)
        if day and not back:
            into.online.append(day)
            yield from faults.online_with_faults(seed, day, into.counts)
    yesterday = on - timedelta(days=1)
    if yesterday >= first and faults.repeats_later(seed, number, yesterday):
        day = person_day(seed, number, people, yesterday)
        if day:
            yield from faults.repeated_with_another_offset(seed, day, into.counts)


def parcels_of(manifest: Manifest, on: date, into: Production, progress: Progress) -> Iterator[Parcel]:
    """All messages of a date; `into` collects what they mean."""
    seed, people = manifest.seed, manifest.people
    first = min(on, *manifest.dates) if manifest.dates else on
    for number in range(1, people + 1):
        if manifest.with_faults:
            yield from _seen(seed, number, people, on, first, into)
        elif day := person_day(seed, number, people, on):
            into.recorded.append(day)
            into.online.append(day)
            for parcel in [*day.recorded, *day.online]:
                into.counts.sent(parcel)
                yield parcel
        progress(number / people)


def simulate_date(manifest: Manifest, on: date, progress: Progress) -> int:
    """Simulate one date everywhere; returns how many messages were sent."""
    event_log.ready()
    database.ready()
    production = Production([], [], Counts())
    manifest.begin(on)
    sent = event_log.send(parcels_of(manifest, on, production, progress))
    for path, content in files_of(manifest.seed, on):
        inbox.put(path, content)
    write_facts(manifest.folder / "facts", on, production.recorded, production.online)
    # A date counts as simulated when everything of it is there: after an interruption it is simulated again.
    database.fill(manifest.seed, manifest.people, max([*manifest.dates, on]))
    manifest.finish(on, production.counts)
    return sent


def write_truth(manifest: Manifest) -> dict[str, int]:
    """Compute what every mart must contain after all dates simulated so far; returns row counts."""
    known = Known(manifest.seed, manifest.people, manifest.dates)
    counts = write_marts(known, manifest.folder)
    manifest.write_mart_rows(counts)
    return counts
