"""What was simulated: `<home>/truth/manifest.json` with settings, dates, and counts of messages and faults."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from local_stack.simulator.faults import Counts


class OtherSettings(Exception):
    """The truth on disk belongs to other lives."""


class Manifest:
    """Accumulates by date. `productions` says how often a date was sent to the end: its counts count that often.

    `interrupted` dates were sent in part at least once: more messages arrived than the counts say.
    """

    def __init__(self, folder: Path, seed: int, people: int, with_faults: bool) -> None:
        self.folder, self.seed, self.people, self.with_faults = folder, seed, people, with_faults
        self._path = folder / "manifest.json"
        settings = {"seed": seed, "users": people, "faults": with_faults}
        self._body: dict[str, Any] = {"settings": settings, "dates": {}, "interrupted": [], "mart_rows": {}}
        if self._path.exists():
            self._body = json.loads(self._path.read_text())
            if self._body["settings"] != settings:
                known = self._body["settings"]
                raise OtherSettings(
                    f"{folder} holds the truth of {known}, not of {settings}: simulate with the same settings, "
                    f"or start an empty lake with another LAKE_HOME"
                )

    @property
    def dates(self) -> list[date]:
        """The dates that were simulated to the end."""
        return sorted(date.fromisoformat(text) for text, day in self._body["dates"].items() if day["productions"])

    def begin(self, on: date) -> None:
        """Note that a date is being sent; a date found begun but not finished was interrupted."""
        day = self._body["dates"].setdefault(on.isoformat(), {"productions": 0})
        if day.get("is_sending"):
            self._body["interrupted"] = sorted({*self._body["interrupted"], on.isoformat()})
        day["is_sending"] = True
        self._write()

    def finish(self, on: date, counts: Counts) -> None:
        """Note that a date was sent, and what."""
        day = self._body["dates"][on.isoformat()]
        topics: dict[str, dict[str, int]] = {}
        for (topic, what), count in sorted(counts.topics.items()):
            topics.setdefault(topic, {"accepted": 0, "rejected": 0, "late": 0})[what] = count
        day["topics"] = topics
        day["faults"] = dict(sorted(counts.faults.items()))
        day["silver_rejected"] = dict(sorted(counts.silver_rejected.items()))
        day["productions"] += 1
        day.pop("is_sending")
        self._write()

    def write_mart_rows(self, counts: dict[str, int]) -> None:
        """Note the size of every mart and the totals over all dates."""
        self._body["mart_rows"] = counts
        self._body["totals"] = self._totals()
        self._write()

    def _totals(self) -> dict[str, Any]:
        topics: dict[str, Counter[str]] = {}
        faults: Counter[str] = Counter()
        silver: Counter[str] = Counter()
        for day in self._body["dates"].values():
            for topic, counts in day.get("topics", {}).items():
                times = {what: count * day["productions"] for what, count in counts.items()}
                topics.setdefault(topic, Counter()).update(times)
            faults.update(day.get("faults", {}))
            silver.update(day.get("silver_rejected", {}))
        return {"topics": topics, "faults": faults, "silver_rejected": silver}

    def _write(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        half_written = self._path.with_suffix(".part")
        half_written.write_text(json.dumps(self._body, indent=2) + "\n")
        half_written.replace(self._path)
