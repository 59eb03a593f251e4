"""The reports that stand, `<lake>/reports/<ISO week>.html`, and what they are made of: pins → weeks to write anew.

`made_of.json` names the versions of the last run, which left every report as these have it.
"""

import json
from collections.abc import Iterable
from datetime import date, timedelta

import pyarrow.fs as pafs

from lake_layout.contracts import Zone, contract
from lake_layout.periods import Period, first_day
from lake_layout.profile import profile
from spark_jobs import storage
from spark_jobs.publish import delta
from spark_jobs.release.log import Pinned
from spark_jobs.report.figures import DATASETS

_MADE_OF = "made_of.json"
_WEEK = timedelta(days=7)
_NOTHING: delta.Known = (None, None)


def name(monday: date) -> str:
    """A week as people write it: `2025-W13`."""
    return f"{monday:%G-W%V}"


def due(whole: list[date], pins: Iterable[Pinned]) -> list[date]:
    """Of the Mondays of whole weeks the newest, those without a report, and those of whose report anything moved."""
    moved = _moved(_known(pins))
    if moved is None:
        return whole
    system, folder = _folder()
    standing = {one.base_name for one in system.get_file_info(pafs.FileSelector(folder, allow_not_found=True))}
    wanted = {*moved, *whole[-1:], *(monday for monday in whole if f"{name(monday)}.html" not in standing)}
    return [monday for monday in whole if monday in wanted]


def put(monday: date, page: str) -> str:
    """Have the report of a week stand; its address."""
    system, folder = _folder()
    storage.write_whole(system, f"{folder}/{name(monday)}.html", page.encode())
    return f"{_uri()}/{name(monday)}.html"


def note(pins: Iterable[Pinned]) -> None:
    """All reports are as these versions have them."""
    system, folder = _folder()
    storage.write_whole(system, f"{folder}/{_MADE_OF}", json.dumps(_known(pins)).encode())


def _moved(now: dict[str, delta.Known]) -> set[date] | None:
    """Mondays of the weeks whose days moved since the last run, and of those after, which compare themselves with
    them; None where any may have.
    """
    was, moved = _last(), set()
    for address, known in now.items():
        days = delta.changed_dates(contract(address), Zone.GOLD, was.get(address, _NOTHING), known)
        if days is None:
            return None
        moved |= {first_day(Period.WEEK, day) for day in days}
    return moved | {monday + _WEEK for monday in moved}


def _known(pins: Iterable[Pinned]) -> dict[str, delta.Known]:
    found = {pin.dataset: (pin.lake_table_id, pin.lake_version) for pin in pins}
    return {address: found.get(address, _NOTHING) for address in DATASETS.values()}


def _last() -> dict[str, delta.Known]:
    """What the last run noted; nothing before the first."""
    system, folder = _folder()
    path = f"{folder}/{_MADE_OF}"
    if system.get_file_info(path).type is not pafs.FileType.File:
        return {}
    with system.open_input_stream(path) as stream:
        return {address: (known[0], known[1]) for address, known in json.loads(stream.read()).items()}


def _folder() -> tuple[pafs.FileSystem, str]:
    return storage.open_folder(_uri())


def _uri() -> str:
    return f"{profile().lake.root}/reports"
