"""A workout as it is sent: (day, device) → started, samples, laps, a pause and finished, and what they sum to."""

from dataclasses import dataclass

import numpy as np

from local_stack.simulator.body import Day, Workout
from local_stack.simulator.messages import Parcel, local_texts, texts
from local_stack.simulator.people import Person
from local_stack.simulator.places import HOUR, MINUTE
from local_stack.simulator.randomness import stream, uuids
from local_stack.simulator.wardrobe import Device

TOPIC = "workout-data"
SAMPLE_EVERY = 10_000
SPEED_M_S = {"running": 2.9, "walking": 1.6, "cycling": 7.2, "swimming": 0.9, "strength": 0.0}
LAP_M = {"running": 1000, "walking": 1000, "cycling": 5000, "swimming": 400, "strength": 10**9}
NOTES = (
    None,
    None,
    None,
    "Felt strong today.",
    "Legs were heavy",
    "Windy, took it easy",
    'Said "one more lap" twice',
    "Über die Brücke 🌉",
)


@dataclass(frozen=True)
class WorkoutTruth:
    """What one workout is, whatever way its events took."""

    session_id: str
    user_id: str
    device_id: str
    activity: str
    started_at: int
    ended_at: int
    paused_ms: int
    distance_mm: int
    times: np.ndarray
    bpm: np.ndarray
    paused_at: int
    laps: int
    notes: str | None
    offset: int | None


@dataclass(frozen=True)
class _Track:
    """Times of the samples (ms) and what was measured there; a pause has no samples."""

    times: np.ndarray
    bpm: np.ndarray
    distance_m: np.ndarray
    paused_at: int
    resumed_at: int


@dataclass(frozen=True)
class _Written:
    sent_at: int
    offset: int
    writes_offset: bool


def workout_of(
    seed: int, who: Person, day: Day, device: Device, held_back_ms: int = 0
) -> tuple[Parcel, WorkoutTruth] | None:
    """The workout of a life day, recorded by a device that was worn throughout."""
    workout = day.workout
    if (
        workout is None
        or workout.starts_at < device.owned_from
        or workout.ends_at > (device.owned_to or workout.ends_at)
    ):
        return None
    random = stream(seed, "workout", who.number, day.life.date)
    track = _track(random, who, day, workout)
    session = uuids(random, 1)[0]
    offset = int(day.life.offsets(np.array([workout.starts_at]))[0])
    notes = NOTES[int(random.integers(len(NOTES)))]
    laps = _laps(workout, track)
    truth = WorkoutTruth(
        session_id=session,
        user_id=who.user_id,
        device_id=device.device_id,
        activity=workout.activity,
        started_at=workout.starts_at,
        ended_at=workout.ends_at,
        paused_ms=track.resumed_at - track.paused_at,
        distance_mm=int(np.floor(track.distance_m[-1] * 1000 + 0.5)),
        times=track.times,
        bpm=track.bpm,
        paused_at=track.paused_at,
        laps=len(laps),
        notes=notes,
        offset=offset if device.writes_offset else None,
    )
    written = _Written(workout.ends_at + MINUTE + held_back_ms, offset, device.writes_offset)
    return _parcel(random, truth, track, laps, written), truth


def _track(random: np.random.Generator, who: Person, day: Day, workout: Workout) -> _Track:
    times = np.arange(workout.starts_at, workout.ends_at, SAMPLE_EVERY)
    pauses = random.random() < 0.3
    paused_at = workout.starts_at + int(random.integers(8 * 60, 12 * 60)) * 1000
    resumed_at = paused_at + (int(random.integers(40, 240)) * 1000 if pauses else 0)
    times = times[(times < paused_at) | (times >= resumed_at)]
    where = np.clip((times - day.minutes[0]) // MINUTE, 0, len(day.minutes) - 1)
    bpm = np.clip(day.bpm[where] + random.normal(0, 2, size=len(times)), 35, 205).astype(np.int64)
    pace = SPEED_M_S[workout.activity] * (0.8 + 0.4 * who.fitness)
    metres = np.round(
        np.cumsum(np.clip(random.normal(pace, pace / 12, size=len(times)), 0, None) * SAMPLE_EVERY / 1000), 1
    )
    return _Track(times, bpm, metres, paused_at, resumed_at)


def _laps(workout: Workout, track: _Track) -> list[tuple[int, int]]:
    """(instant, number) of each lap that ended."""
    done = (track.distance_m // LAP_M[workout.activity]).astype(np.int64)
    ends = np.flatnonzero(np.diff(done, prepend=0) > 0)
    return [(int(track.times[i]), int(done[i])) for i in ends]


def _parcel(
    random: np.random.Generator, truth: WorkoutTruth, track: _Track, laps: list[tuple[int, int]], how: _Written
) -> Parcel:
    """All events in order of time, uploaded together."""
    sent = texts(np.array([how.sent_at]))[0]
    head = f'"workout_session_id":"{truth.session_id}","user_id":"{truth.user_id}","device_id":"{truth.device_id}"'
    tail = f'"activity_type":"{truth.activity}","sent_at":"{sent}Z"}}'
    moments = [(truth.started_at, "started", ""), *((at, "lap", f'"lap":{lap},') for at, lap in laps)]
    if track.resumed_at > track.paused_at:
        moments += [(track.paused_at, "paused", ""), (track.resumed_at, "resumed", "")]
    last = f'"distance_m":{track.distance_m[-1]},'
    if truth.notes:
        quoted = truth.notes.replace('"', '\\"')
        last += f'"notes":"{quoted}",'
    moments.append((truth.ended_at, "finished", last))
    moments += zip(track.times.tolist(), ["sample"] * len(track.times), _samples(random, truth, track), strict=True)
    moments.sort(key=lambda moment: moment[0])
    instants = np.array([at for at, _kind, _more in moments])
    written = local_texts(instants, np.full(len(instants), how.offset), writes_offset=how.writes_offset)
    messages = [
        f'{{"event_id":"{event_id}",{head},"event_type":"{kind}","occurred_at":"{at}",{more}{tail}'.encode()
        for event_id, at, (_at, kind, more) in zip(uuids(random, len(moments)), written, moments, strict=True)
    ]
    return Parcel(TOPIC, truth.session_id, messages, how.sent_at - instants > HOUR)


def _samples(random: np.random.Generator, truth: WorkoutTruth, track: _Track) -> list[str]:
    outdoors = truth.activity in ("running", "walking", "cycling")
    power = random.integers(120, 260, size=len(track.times)).tolist() if truth.activity == "cycling" else None
    north = random.normal(0, 0.02)
    samples = []
    for i, (bpm, metres) in enumerate(zip(track.bpm.tolist(), track.distance_m.tolist(), strict=True)):
        text = f'"heart_rate_bpm":{bpm},"distance_m":{metres},'
        if power:
            text += f'"power_w":{power[i]},'
        if outdoors:
            place = f'"latitude":{48 + north + metres / 111_000:.6f},"longitude":{11 + north:.6f}'
            text += f'{place},"elevation_m":{500 + north * 100:.1f},'
        samples.append(text)
    return samples
