"""The application's own database: (seed, people, date) → its rows at the end of that UTC date → Postgres.

Tables are made from the contracts of the snapshots. Rows of others (a replayed export) are left alone.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import psycopg
from psycopg import sql

from lake_layout.contracts import Contract, Snapshot, contracts
from lake_layout.profile import profile
from local_stack.service import NotReady
from local_stack.simulator.people import STORY_MONDAY, Person, person
from local_stack.simulator.places import PLACES, utc_midnight
from local_stack.simulator.randomness import stream
from local_stack.simulator.social import group_count, group_id, group_name
from local_stack.simulator.travel import sleeps_in
from local_stack.simulator.wardrobe import devices_of

Row = tuple[object, ...]
POSTGRES_TYPES = {"string": "text", "timestamp": "timestamptz", "double": "double precision"}
PLANS = (("free", Decimal("0.00")), ("plus", Decimal("4.99")), ("coach", Decimal("14.99")))
GOALS = (
    ("steps", 9000, "count", "day"),
    ("distance", 30_000, "m", "week"),
    ("sleep", 450, "min", "day"),
    ("active_minutes", 25, "min", "day"),
    ("workouts", 12, "count", "month"),
)


def instant(milliseconds: int | None) -> datetime | None:
    """Milliseconds since 1970 as a UTC instant."""
    return None if milliseconds is None else datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _members(seed: int, people: int, on: date) -> list[Person]:
    """Who has an account at the end of a UTC date."""
    everybody = (person(seed, number) for number in range(1, people + 1))
    end = utc_midnight(on + timedelta(days=1))
    return [who for who in everybody if who.signed_up_at < end and (who.left_on is None or on < who.left_on)]


def _users(seed: int, members: list[Person], on: date) -> Iterable[Row]:
    for who in members:
        place = sleeps_in(seed, who, on) if who.updates_time_zone else who.home
        traits = (who.birth_year, who.sex, Decimal(str(who.height_cm)), who.home.city, who.has_consented)
        yield (who.user_id, place.time_zone, *traits, instant(who.signed_up_at))


def _devices(seed: int, members: list[Person], people: int, on: date) -> Iterable[Row]:
    for who in members:
        for device in devices_of(seed, who.number, people):
            if device.registered_on is None or device.registered_on > on:
                continue
            known_end = device.owned_to if device.handed_on_on and device.handed_on_on <= on else None
            what = (device.device_id, device.user_id, device.model, device.kind, device.priority)
            yield (*what, instant(device.owned_from), instant(known_end))


def _goals(seed: int, members: list[Person], on: date) -> Iterable[Row]:
    """In the week of the stories some replace their goal by a higher one, some lower it, and some give it up."""
    for who in members:
        kind, target, unit, period = GOALS[who.number % len(GOALS)]
        starts_on = instant(who.signed_up_at).date()  # type: ignore[union-attr]
        raised_on = STORY_MONDAY + timedelta(days=who.number % 7)
        is_raised = who.number % 13 == 6 and starts_on < raised_on <= on
        has_changed = on >= STORY_MONDAY + timedelta(days=6)
        if has_changed and who.number % 17 == 8:
            continue
        lowered = Decimal("0.9") if has_changed and who.number % 11 == 3 else Decimal(1)
        ends_on = raised_on - timedelta(days=1) if is_raised else None
        yield (f"goal-{who.number:05d}-1", who.user_id, kind, target * lowered, unit, period, starts_on, ends_on)
        if is_raised:
            higher = target * Decimal("1.1")
            yield (f"goal-{who.number:05d}-2", who.user_id, kind, higher, unit, period, raised_on, None)


def _groups(seed: int, people: int) -> Iterable[Row]:
    for number in range(group_count(people)):
        founded = datetime(2023, 2, 1, tzinfo=UTC) + timedelta(days=int(stream(seed, "group", number).integers(0, 600)))
        yield (group_id(number), group_name(number), PLACES[number % len(PLACES)].city, founded)


def _subscriptions(members: list[Person], on: date) -> Iterable[Row]:
    for who in members:
        plan, price = PLANS[(who.number * 7) % 3]
        if who.number % 19 == 8 and on >= STORY_MONDAY + timedelta(days=2):
            plan, price = PLANS[2]
        starts_on = instant(who.signed_up_at).date()  # type: ignore[union-attr]
        currency = "USD" if who.writes_miles else "EUR"
        yield (f"subscription-{who.number:05d}", who.user_id, plan, "active", price, currency, starts_on, None)


def rows_at(seed: int, people: int, on: date) -> dict[str, list[Row]]:
    """The rows of each table at the end of a UTC date, columns in the order of the contracts."""
    members = _members(seed, people, on)
    return {
        "users": list(_users(seed, members, on)),
        "devices": list(_devices(seed, members, people, on)),
        "goals": list(_goals(seed, members, on)),
        "groups": list(_groups(seed, people)),
        "subscriptions": list(_subscriptions(members, on)),
    }


def snapshot_contracts() -> dict[str, Contract]:
    """The contracts of the application's tables, by table."""
    return {c.origin.table: c for c in contracts().values() if isinstance(c.origin, Snapshot)}


def make_tables(connection: psycopg.Connection) -> None:
    """Create the tables that do not exist yet."""
    for table, contract in snapshot_contracts().items():
        columns = [
            sql.SQL("{} {}{}").format(
                sql.Identifier(column.name),
                sql.SQL(POSTGRES_TYPES.get(column.type, column.type)),
                sql.SQL(" NOT NULL" if column.required else ""),
            )
            for column in contract.columns
        ]
        key = sql.SQL(", ").join(map(sql.Identifier, contract.key))
        body = sql.SQL(", ").join(columns)
        statement = sql.SQL("CREATE TABLE IF NOT EXISTS public.{} ({}, PRIMARY KEY ({}))")
        connection.execute(statement.format(sql.Identifier(table), body, key))


def _merge(
    connection: psycopg.Connection, table: str, rows: list[Row], is_ours: str | None, *, updates_known: bool = True
) -> None:
    """Insert or update rows by key; delete the rows whose key matches `is_ours` and is not among them."""
    contract = snapshot_contracts()[table]
    names = {"target": sql.Identifier(table), "fresh": sql.Identifier(f"fresh_{table}")}
    columns = [sql.Identifier(column.name) for column in contract.columns]
    key = sql.SQL(", ").join(map(sql.Identifier, contract.key))
    connection.execute(sql.SQL("CREATE TEMP TABLE {fresh} (LIKE public.{target}) ON COMMIT DROP").format(**names))
    with connection.cursor().copy(sql.SQL("COPY {fresh} FROM STDIN").format(**names)) as copy:
        for row in rows:
            copy.write_row(row)
    updates = sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(column) for column in columns)
    known = sql.SQL("UPDATE SET {}").format(updates) if updates_known else sql.SQL("NOTHING")
    insert = sql.SQL("INSERT INTO public.{target} SELECT * FROM {fresh} ON CONFLICT ({key}) DO {known}")
    connection.execute(insert.format(**names, key=key, known=known))
    if is_ours:
        own = sql.Identifier(contract.key[0])
        delete = sql.SQL("DELETE FROM public.{target} WHERE {own} ~ %s AND ({key}) NOT IN (SELECT {key} FROM {fresh})")
        connection.execute(delete.format(**names, own=own, key=key), [is_ours])


OURS = {
    "users": "^user-[0-9]{5}$",
    "devices": "^(phone|watch|scale|tracker)-[0-9]{5}",
    "goals": "^goal-[0-9]{5}-",
    "groups": "^group-[0-9]{3}$",
    "subscriptions": "^subscription-[0-9]{5}$",
}


def ready() -> None:
    """Make the tables that are missing; raises NotReady where no Postgres answers."""
    keys = profile().postgres
    try:
        connection = psycopg.connect(profile().postgres_dsn(keys.app_database))
    except psycopg.OperationalError as error:
        raise NotReady(f"Postgres at {keys.host}:{keys.port} does not answer: lake up kafka postgres") from error
    with connection:
        make_tables(connection)


def upsert(rows: dict[str, list[Row]], only_new: Sequence[str] = ()) -> None:
    """Insert or update rows of any tables, keeping all others; in tables that are `only_new`, also those it knows.

    A database on a simulated clock turns to its next day when rows are new, for it was read on this one already.
    """
    with psycopg.connect(profile().postgres_dsn(profile().postgres.app_database)) as connection:
        make_tables(connection)
        before = _sizes(connection, rows)
        for table, of_table in rows.items():
            _merge(connection, table, of_table, None, updates_known=table not in only_new)
        now = connection.execute("SELECT nullif(current_setting('lake.simulated_now', true), '')").fetchone()
        if now and now[0] and _sizes(connection, rows) != before:
            _set_clock(connection, datetime.fromisoformat(now[0]) + timedelta(days=1))


def _sizes(connection: psycopg.Connection, tables: Iterable[str]) -> list[int]:
    count = sql.SQL("SELECT count(*) FROM public.{}")
    found = (connection.execute(count.format(sql.Identifier(table))).fetchone() for table in tables)
    return [row[0] for row in found if row]


def _set_clock(connection: psycopg.Connection, now: datetime) -> None:
    clock = sql.SQL("ALTER DATABASE {} SET lake.simulated_now = {}")
    database = sql.Identifier(profile().postgres.app_database)
    connection.execute(clock.format(database, sql.Literal(now.isoformat())))


def fill(seed: int, people: int, on: date) -> None:
    """Bring the simulator's rows to the end of a UTC date, and the database's clock with them."""
    end = on + timedelta(days=1)
    with psycopg.connect(profile().postgres_dsn(profile().postgres.app_database)) as connection:
        make_tables(connection)
        for table, rows in rows_at(seed, people, on).items():
            _merge(connection, table, rows, OURS[table])
        _set_clock(connection, datetime(end.year, end.month, end.day, tzinfo=UTC))
