"""Reading recorded workouts: FIT, TCX and GPX files → what happened in each, instant by instant.

Of one workout that several files hold, the one that knows most counts: FIT knows pauses, laps, power and distance, TCX
laps, power and distance, GPX positions alone, from which the distance follows. Files tell instants in UTC; a FIT file
also tells its clock's offset.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import fitdecode
import gpxpy
from tcxreader.tcxreader import TCXReader

_SEMICIRCLE_DEGREES = 180 / 2**31
_QUARTER, _FARTHEST = timedelta(minutes=15), timedelta(hours=14)
_STOPS = ("stop", "stop_all", "stop_disable", "stop_disable_all")


class Unreadable(ValueError):
    """A file that is not what its name says, in words for a person."""


@dataclass(frozen=True)
class Moment:
    """One event of a workout; `kind` as in the contract, `distance_m` since the start."""

    kind: str
    at: datetime
    heart_rate_bpm: int | None = None
    distance_m: float | None = None
    power_w: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    elevation_m: float | None = None
    lap: int | None = None


@dataclass(frozen=True)
class Workout:
    """A recorded workout; `offset` of its clock where the file tells it, `others` are files that hold it, too."""

    file: str
    activity_type: str
    device_id: str | None
    offset: timedelta | None
    moments: tuple[Moment, ...]
    others: tuple[str, ...] = ()

    @property
    def started_at(self) -> datetime:
        return self.moments[0].at


def workouts(folder: Path) -> list[Workout]:
    """The workouts of a folder in order of time, each once.

    Raises Unreadable: a file is broken; FileNotFoundError: there is none.
    """
    found: dict[datetime, Workout] = {}
    for suffix, read in _READERS.items():
        for path in sorted(_named(folder, suffix)):
            for workout in _checked(path, read):
                at = workout.started_at.replace(microsecond=0)
                first = found.setdefault(at, workout)
                if first is not workout:
                    found[at] = replace(first, others=(*first.others, path.name))
    if not found:
        raise FileNotFoundError(f"{folder} has no workouts: no .fit, .tcx or .gpx file with any instant in it")
    return [workout for _at, workout in sorted(found.items())]


def _named(folder: Path, suffix: str) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.suffix.lower() == suffix)


def _checked(path: Path, read: Callable[[Path], Iterable[Workout]]) -> list[Workout]:
    try:
        return [workout for workout in read(path) if workout.moments]
    except (fitdecode.FitError, gpxpy.gpx.GPXException, ParseError, ValueError, LookupError, AttributeError) as error:
        raise Unreadable(f"{path.name} cannot be read as a workout: {error}") from error


def _whole(activity_type: str, samples: list[Moment], laps: Sequence[Moment] = (), **more: Any) -> Workout:
    """A workout without pauses, from its first sample to its last."""
    if not samples:
        return Workout(activity_type=activity_type, moments=(), **more)
    ends = (Moment("started", samples[0].at), Moment("finished", samples[-1].at))
    moments = (ends[0], *sorted([*samples, *laps], key=lambda one: one.at), ends[1])
    return Workout(activity_type=activity_type, moments=moments, **more)


def _fit(path: Path) -> Iterator[Workout]:
    """Each session of the file: a triathlon has several."""
    with fitdecode.FitReader(path, error_handling=fitdecode.ErrorHandling.RAISE) as reader:
        found = [one for one in reader if isinstance(one, fitdecode.FitDataMessage)]
    if not found:
        raise ValueError("it holds no message")

    def messages(name: str) -> list[Any]:
        return [one for one in found if one.name == name]

    sessions = sorted(messages("session"), key=lambda one: one.get_value("start_time"))
    starts = [one.get_value("start_time") for one in sessions] + [datetime.max.replace(tzinfo=UTC)]
    serial = next((_value(one, "serial_number") for one in messages("file_id")), None)
    offset = next((_clock_offset(one) for one in messages("activity")), None)
    for session, begins, ends in zip(sessions, starts, starts[1:], strict=False):
        own = [
            [one for one in messages(name) if begins <= (one.get_value(time) or begins) < ends]
            for name, time in (("record", "timestamp"), ("lap", "start_time"), ("event", "timestamp"))
        ]
        yield Workout(
            file=path.name,
            activity_type=str(_value(session, "sport") or "other"),
            device_id=f"garmin-{serial}" if serial else None,
            offset=offset,
            moments=tuple(_fit_moments(session, *own)),
        )


def _fit_moments(session: Any, records: list[Any], laps: list[Any], events: list[Any]) -> Iterator[Moment]:
    begins = session.get_value("start_time")
    timer = [one for one in events if _value(one, "event") == "timer"]
    stopped = [one.get_value("timestamp") for one in timer if _value(one, "event_type") in _STOPS]
    # What stops as this session begins is the one before.
    stops = [at for at in stopped if at > begins]
    starts = [one.get_value("timestamp") for one in timer if _value(one, "event_type") == "start"]
    resumed = [at for at in starts if at > begins]
    paused = [at for at in stops if any(at < later for later in resumed)]
    ended = max((at for at in stops if at not in paused), default=None)
    ends = ended or begins + timedelta(seconds=_value(session, "total_elapsed_time") or 0)
    # The distance of a file goes on over its sessions.
    before = min((_value(one, "distance") for one in records if _value(one, "distance") is not None), default=0.0)
    first = before if _value(session, "message_index") else 0.0
    moments = [_fit_sample(one, first) for one in records]
    moments += [Moment("paused", at) for at in paused] + [Moment("resumed", at) for at in resumed]
    moments += [Moment("lap", _lap_end(one), lap=number) for number, one in enumerate(laps, 1)]
    yield Moment("started", begins)
    yield from sorted(moments, key=lambda one: one.at)
    yield Moment("finished", ends)


def _fit_sample(of: Any, distance_before: float) -> Moment:
    distance, elevation = _value(of, "distance"), _value(of, "enhanced_altitude")
    latitude, longitude = _value(of, "position_lat"), _value(of, "position_long")
    return Moment(
        "sample",
        of.get_value("timestamp"),
        heart_rate_bpm=_value(of, "heart_rate"),
        distance_m=None if distance is None else round(distance - distance_before, 3),
        power_w=_value(of, "power"),
        latitude=None if latitude is None else latitude * _SEMICIRCLE_DEGREES,
        longitude=None if longitude is None else longitude * _SEMICIRCLE_DEGREES,
        elevation_m=elevation if elevation is not None else _value(of, "altitude"),
    )


def _lap_end(of: Any) -> datetime:
    length = _value(of, "total_elapsed_time") or _value(of, "total_timer_time") or 0
    end: datetime = of.get_value("start_time") + timedelta(seconds=length)
    return end


def _clock_offset(activity: Any) -> timedelta | None:
    local, at = _value(activity, "local_timestamp"), _value(activity, "timestamp")
    if local is None or at is None:
        return None
    # The clock on the wrist stands there as if it were UTC, told some seconds apart; zones differ by quarters of hours.
    offset = _QUARTER * round((local - at) / _QUARTER)
    return offset if abs(offset) <= _FARTHEST else None


def _value(of: Any, name: str) -> Any:
    return of.get_value(name, fallback=None)


def _tcx(path: Path) -> Iterator[Workout]:
    read = TCXReader().read(str(path), only_gps=False)
    samples, laps = [], []
    for number, lap in enumerate(read.laps, 1):
        samples += [_tcx_sample(point) for point in lap.trackpoints]
        laps.append(Moment("lap", _utc(lap.trackpoints[-1].time), lap=number))
    sport = (read.activity_type or "other").lower()
    yield _whole({"biking": "cycling"}.get(sport, sport), samples, laps, file=path.name, device_id=None, offset=None)


def _tcx_sample(point: Any) -> Moment:
    return Moment(
        "sample",
        _utc(point.time),
        heart_rate_bpm=point.hr_value,
        distance_m=None if point.distance is None else round(point.distance, 3),
        power_w=point.tpx_ext.get("Watts"),
        latitude=point.latitude,
        longitude=point.longitude,
        elevation_m=point.elevation,
    )


def _gpx(path: Path) -> Iterator[Workout]:
    """Each track of the file; distance is that between its points on the ground."""
    for track in gpxpy.parse(path.read_bytes()).tracks:
        points = [point for segment in track.segments for point in segment.points if point.time]
        samples, distance = [], 0.0
        for before, point in zip([None, *points], points, strict=False):
            distance += (point.distance_2d(before) or 0.0) if before else 0.0
            samples.append(_gpx_sample(point, distance))
        yield _whole((track.type or "other").lower(), samples, file=path.name, device_id=None, offset=None)


def _gpx_sample(point: Any, distance: float) -> Moment:
    beats = [child.text for extension in point.extensions for child in extension.iter() if child.tag.endswith("}hr")]
    return Moment(
        "sample",
        _utc(point.time),
        heart_rate_bpm=int(beats[0]) if beats and beats[0] else None,
        distance_m=round(distance, 3),
        latitude=point.latitude,
        longitude=point.longitude,
        elevation_m=point.elevation,
    )


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


# Those that know more come first.
_READERS: dict[str, Callable[[Path], Iterator[Workout]]] = {".fit": _fit, ".tcx": _tcx, ".gpx": _gpx}
