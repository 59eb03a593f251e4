"""Everything one person does on one date: (seed, number, date) → what happened, and its messages."""

from dataclasses import dataclass, field, replace
from datetime import date

from local_stack.simulator import app_usage, body, coach, social, workouts
from local_stack.simulator.app_usage import AppEvent
from local_stack.simulator.coach import Turn
from local_stack.simulator.messages import Parcel, health_parcel
from local_stack.simulator.metrics import metrics_of
from local_stack.simulator.people import person
from local_stack.simulator.places import DAY
from local_stack.simulator.readings import Readings
from local_stack.simulator.social import Interaction
from local_stack.simulator.wardrobe import devices_of
from local_stack.simulator.workouts import WorkoutTruth


@dataclass(frozen=True)
class PersonDay:
    """What happened, and the messages of all that is not `readings`.

    Devices record readings and workouts, and hold them back while they are offline; the rest happens online.
    """

    number: int
    date: date
    noon: int  # ms
    readings: list[Readings]
    workouts: list[WorkoutTruth]
    interactions: list[Interaction]
    app_events: list[AppEvent]
    turns: list[Turn]
    workout_parcels: list[Parcel] = field(repr=False)
    online: list[Parcel] = field(repr=False)

    @property
    def recorded(self) -> list[Parcel]:
        return [*map(health_parcel, self.readings), *self.workout_parcels]


def person_day(seed: int, number: int, people: int, on: date, held_back_days: int = 0) -> PersonDay | None:
    """One person's date, or None where they do not use the platform then.

    What was recorded is sent `held_back_days` later than usual.
    """
    who = person(seed, number)
    if not who.lives_on(on):
        return None
    day = body.day(seed, who, on)
    devices = devices_of(seed, number, people)
    readings = [found for device in devices for found in metrics_of(seed, who, day, device) if len(found)]
    held_back_ms = held_back_days * DAY
    readings = [replace(found, sent=found.sent + held_back_ms) for found in readings]
    recorder = next((device for device in devices if device.device_id.startswith("watch")), devices[0])
    workout = workouts.workout_of(seed, who, day, recorder, held_back_ms)
    interactions = social.interactions_of(seed, who, day, people)
    turns = coach.conversation_of(seed, who, day)
    usage, app_events = app_usage.usage_of(seed, who, day)
    talks = [coach.coach_parcel(turns)] if turns else []
    return PersonDay(
        number=number,
        date=on,
        noon=(day.life.starts_at + day.life.ends_at) // 2,
        readings=readings,
        workouts=[workout[1]] if workout else [],
        interactions=interactions,
        app_events=app_events,
        turns=turns,
        workout_parcels=[workout[0]] if workout else [],
        online=[usage, *social.social_parcels(interactions), *talks],
    )
