"""Histories: versions open and close as snapshots show them, whatever the number of snapshots in a run."""

import pytest

from lake_layout.contracts import Zone, contract
from spark_jobs.silver import history

USERS = contract("app_db/users")
BEGINNING = "1970-01-01 00:00:00"
FIRST, SECOND, THIRD = (f"2025-03-{day} 00:00:00" for day in (25, 26, 27))
SHOWN = ("user_id", "time_zone", "valid_from", "valid_to", "_batch", "_closed_batch")


def row(read_at: str, user_id: str | None, time_zone: str | None, **changes):
    return {"_logged_at": read_at, "_origin": read_at, "user_id": user_id, "time_zone": time_zone, **changes}


@pytest.fixture
def after(table, values):
    """after(snapshot rows of run 1, of run 2, …): the history, by runs one after another."""

    def build(*runs: list[dict]):
        versions = table("app_db/users", Zone.SILVER, [])
        for batch, rows in enumerate(runs, start=1):
            snapshots = table("app_db/users", Zone.BRONZE, rows)
            versions = history.transform(versions, snapshots, USERS, batch)
        return values(versions, *SHOWN)

    return build


def test_the_first_version_opens_at_the_beginning_of_time(after):
    assert after([row(FIRST, "ann", "Europe/Berlin")]) == [("ann", "Europe/Berlin", BEGINNING, None, 1, None)]


def test_a_change_closes_a_version_and_opens_the_next(after):
    assert after([row(FIRST, "ann", "Europe/Berlin")], [row(SECOND, "ann", "Asia/Tokyo")]) == [
        ("ann", "Asia/Tokyo", SECOND, None, 2, None),
        ("ann", "Europe/Berlin", BEGINNING, SECOND, 1, 2),
    ]


def test_the_same_content_again_makes_no_version_and_keeps_its_batch(after):
    same = [row(SECOND, "ann", "Europe/Berlin"), row(THIRD, "ann", "Europe/Berlin")]
    assert after([row(FIRST, "ann", "Europe/Berlin")], same) == [("ann", "Europe/Berlin", BEGINNING, None, 1, None)]


def test_a_user_missing_from_a_snapshot_was_deleted_and_one_that_returns_opens_again(after):
    ann, bob = (FIRST, "ann", "UTC"), (FIRST, "bob", "UTC")
    assert after(
        [row(*ann), row(*bob)], [row(SECOND, "bob", "UTC")], [row(THIRD, "ann", "UTC"), row(THIRD, "bob", "UTC")]
    ) == [
        ("ann", "UTC", BEGINNING, SECOND, 1, 2),
        ("ann", "UTC", THIRD, None, 3, None),
        ("bob", "UTC", BEGINNING, None, 1, None),
    ]


def test_several_snapshots_in_one_run_are_taken_in_order_of_time(after):
    assert after(
        [
            row(THIRD, "ann", "Asia/Tokyo"),
            row(THIRD, "bob", "UTC"),
            row(FIRST, "ann", "Europe/Berlin"),
            row(FIRST, "cid", "UTC"),
            row(SECOND, "ann", "Europe/Berlin"),
        ]
    ) == [
        ("ann", "Asia/Tokyo", THIRD, None, 1, None),
        ("ann", "Europe/Berlin", BEGINNING, THIRD, 1, 1),
        ("bob", "UTC", BEGINNING, None, 1, None),
        ("cid", "UTC", BEGINNING, SECOND, 1, 1),
    ]


def test_a_rejected_row_neither_changes_nor_deletes_its_user(after):
    rejected = {"_status": "rejected"}
    assert after(
        [row(FIRST, "ann", "UTC"), row(FIRST, "bob", "UTC")],
        [row(SECOND, "ann", None, **rejected), row(SECOND, "bob", "UTC")],
        [row(THIRD, "ann", "UTC"), row(THIRD, "bob", "UTC")],
    ) == [("ann", "UTC", BEGINNING, None, 1, None), ("bob", "UTC", BEGINNING, None, 1, None)]


def test_where_a_rejected_row_hides_its_key_nobody_is_deleted_until_the_next_snapshot(after):
    hidden = row(SECOND, None, None, _status="rejected")
    runs = [[row(FIRST, "ann", "UTC"), row(FIRST, "bob", "UTC")], [hidden, row(SECOND, "bob", "UTC")]]
    assert after(*runs)[0] == ("ann", "UTC", BEGINNING, None, 1, None)
    assert after(*runs, [row(THIRD, "bob", "UTC")])[0] == ("ann", "UTC", BEGINNING, THIRD, 1, 3)


def test_made_anew_it_is_the_same_and_versions_that_stand_keep_their_batches(table, values):
    def run(made, rows: list[dict], batch: int):
        return made(versions, table("app_db/users", Zone.BRONZE, rows), USERS, batch)

    versions = table("app_db/users", Zone.SILVER, [])
    first = [row(FIRST, "ann", "UTC"), row(FIRST, "bob", "UTC"), row(FIRST, "cid", "UTC")]
    second = [row(SECOND, "ann", None, _status="rejected"), row(SECOND, "bob", "Asia/Tokyo")]
    third = [row(THIRD, "ann", "Asia/Tokyo"), row(THIRD, "bob", "Asia/Tokyo")]
    for batch, rows in enumerate((first, second, third), start=1):
        versions = run(history.transform, rows, batch)
    before = values(versions, *SHOWN)
    assert values(run(history.anew, first + second + third, 4), *SHOWN) == before
    second[0] = row(SECOND, "ann", "Asia/Tokyo")
    changed = values(run(history.anew, first + second + third, 4), *SHOWN)
    assert sorted(set(changed) - set(before)) == [
        ("ann", "Asia/Tokyo", SECOND, None, 4, None),
        ("ann", "UTC", BEGINNING, SECOND, 1, 4),
    ]
    assert len(changed) == len(before)
