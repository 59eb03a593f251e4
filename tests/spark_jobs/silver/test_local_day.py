"""Events that reach silver by contract alone: the first landed of a key, on the day on the user's wrist."""

from lake_layout.contracts import Silver, Zone, contract
from spark_jobs.silver import local_day

EVENTS = "social/social_events"


def placed(table, users, values, *rows: dict) -> list[tuple]:
    of = contract(EVENTS).model_copy(update={"silver": Silver(kind="local_day", inputs={"users": "app_db/users"})})
    sent = table(EVENTS, Zone.BRONZE, [{"user_id": "ann", **row} for row in rows])
    shown = ("event_id", "event_date", "utc_offset_minutes", "is_offset_assumed", "interaction_type")
    return values(local_day.transform(sent, users(), of), *shown)


def test_an_event_belongs_to_the_day_of_its_own_offset_else_of_its_users_zone_else_of_utc(table, users, values):
    late = {"occurred_at": "2025-03-30 22:30:00"}
    assert placed(
        table,
        users,
        values,
        {"event_id": "in New York", **late, "occurred_offset_minutes": -240},
        {"event_id": "at home", **late},
        {"event_id": "of a stranger", **late, "user_id": "nobody knows"},
    ) == [
        ("at home", "2025-03-31", 120, True, None),
        ("in New York", "2025-03-30", -240, False, None),
        ("of a stranger", "2025-03-30", 0, True, None),
    ]


def test_of_a_key_sent_twice_the_first_landed_counts(table, users, values):
    at = {"event_id": "same", "occurred_at": "2025-03-24 10:00:00", "occurred_offset_minutes": 0}
    sent = ({**at, "interaction_type": "like"}, {**at, "interaction_type": "share"})
    assert placed(table, users, values, *sent) == [("same", "2025-03-24", 0, False, "like")]
