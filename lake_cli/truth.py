"""`lake truth`: what the simulator knows of silver tables and marts, held against what they hold, row by row."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lake_cli import columns
from lake_cli.screen import AsJson, err, print_json

if TYPE_CHECKING:
    import pyarrow as pa

    from lake_layout.contracts import Contract

# Mart → the simulator's name for its truth, and the dataset whose grain it has.
MARTS = {
    "marts.fct_daily_activity": ("fct_daily_activity", "health/daily_activity"),
    "marts.fct_hourly_steps": ("hourly_steps", "health/hourly_steps"),
    "marts.fct_heart_rate_5m": ("fct_heart_rate_5m", "health/heart_rate_5m"),
    "marts.fct_nightly_sleep": ("fct_nightly_sleep", "health/nightly_sleep"),
    "marts.fct_workouts": ("workout_intensity", "fitness/workout_intensity"),
    "marts.fct_weekly_progress": ("weekly_progress", "fitness/weekly_progress"),
    "marts.fct_monthly_goals": ("monthly_goals", "fitness/monthly_goals"),
    "marts.fct_performance_trends": ("performance_trends", "fitness/performance_trends"),
    "marts.fct_app_usage_daily": ("user_sessions_daily", "app/user_sessions_daily"),
    "marts.fct_interactions_daily": ("interaction_frequency", "social/interaction_frequency"),
    "marts.fct_engagement_daily": ("engagement_daily", "social/engagement_daily"),
    "marts.fct_network_growth_daily": ("network_growth_daily", "social/network_growth_daily"),
    "marts.fct_community_weekly": ("community_weekly", "social/community_weekly"),
    "marts.fct_conversation_quality_daily": ("conversation_quality_daily", "ai_coach/conversation_quality_daily"),
    "marts.dim_users": ("dim_users", "app_db/users"),
    "marts.dim_users_history": ("users_history", "app_db/users"),
    "marts.dim_devices": ("dim_devices", "app_db/devices"),
    "marts.dim_groups": ("dim_groups", "app_db/groups"),
}
# Tables of silver that the simulator knows the truth of, under the same names.
SILVER = (
    "ai_coach/conversation_turns",
    "app/user_sessions",
    "social/interactions",
    "wearables/body_measurements",
    "wearables/hrv_readings",
    "wearables/spo2_readings",
    "workouts/workout_sessions",
)
NAMES = (*(f"silver.{address}" for address in SILVER), *MARTS)
_EXAMPLES = 3


@dataclass(frozen=True)
class Compared:
    """A table: its rows, rows of the truth that it lacks, and rows that are not in the truth; a few of both."""

    table: str
    grain: tuple[str, ...]
    rows: int
    lost: int
    invented: int
    examples: tuple[str, ...]

    @property
    def is_true(self) -> bool:
        """An empty table is not: nothing was compared."""
        return self.rows > 0 and not self.is_wrong

    @property
    def is_wrong(self) -> bool:
        """A table of months is not while no month has been lived to its end."""
        return self.lost + self.invented > 0


def register(app: typer.Typer) -> None:
    app.command()(truth)


def truth(
    names: Annotated[list[str] | None, typer.Argument(metavar="[TABLE]…", help="None means all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hold tables and marts against what the simulator knows. Exit code 1 if one is not equal to its truth.

    For lakes of `lake simulate` and `lake demo`. Tables of weeks and months are filled by `weekly_analytics`, with
    whole ones; of a life without any there is nothing to compare.
    """
    from dataclasses import asdict

    unknown = sorted(set(names or ()) - set(NAMES))
    if unknown:
        raise typer.BadParameter(f"no truth is known of {', '.join(unknown)}; there are {', '.join(NAMES)}")
    with err.status("looking …"):
        found = list(compared(names or NAMES))
    wrong = [one for one in found if one.is_wrong]
    if as_json:
        print_json([{**asdict(one), "is_true": one.is_true} for one in found])
    else:
        names = ["table", "one row per", "check", "rows", "lost", "invented"]
        columns.table(names, [_cells(one) for one in found], left=3)
        for one in wrong:
            err.print("\n".join([one.table, *one.examples]), markup=False, highlight=False)
    err.print(f"{len(found)} looked at, {len(wrong)} wrong", style="red" if wrong else "green")
    if wrong:
        raise typer.Exit(1)


def _cells(one: Compared) -> list[str]:
    untrue = ("WRONG" if one.rows else "EMPTY") if one.is_wrong else "nothing to compare"
    check = "equals the truth" if one.is_true else untrue
    return [one.table, ", ".join(one.grain), check, *map(columns.count, (one.rows, one.lost, one.invented))]


def compared(names: Iterable[str]) -> Iterator[Compared]:
    """Each table against its truth.

    Raises FileNotFoundError: nothing was simulated, or without its truth.
    """
    import pyarrow.parquet as pq

    from lake_layout import tables
    from lake_layout.contracts import Zone, contract
    from lake_layout.profile import profile

    for name in names:
        told, address = MARTS.get(name) or (name.rpartition("/")[2], name.removeprefix("silver."))
        file = profile().home / "truth" / f"{told}.parquet"
        if not file.exists():
            raise FileNotFoundError(f"{file} is missing: `lake simulate` writes it")
        of = contract(address)
        is_history = name.endswith("_history")
        grain = tables.grain(of, Zone.SILVER) if is_history or name not in MARTS else of.key
        expected = pq.read_table(file)
        held = _rows_of_mart(name, expected.column_names) if name in MARTS else _rows_of_silver(of, expected)
        yield _compared(name, grain, expected, held)


def _rows_of_mart(mart: str, wanted: list[str]) -> Iterable[tuple[Any, ...]]:
    """As a reader sees them."""
    import clickhouse_connect

    from lake_layout.profile import profile

    keys = profile().clickhouse
    secret = keys.reader_password.get_secret_value()
    with clickhouse_connect.get_client(
        host=keys.host, port=keys.port, username=keys.reader_user, password=secret
    ) as reader:
        return [tuple(row) for row in reader.query(f"SELECT {', '.join(wanted)} FROM {mart}").result_rows]


def _rows_of_silver(of: "Contract", like: "pa.Table") -> Iterable[tuple[Any, ...]]:
    """The accepted rows of a table."""
    import pyarrow.compute as pc

    from lake_layout import tables
    from lake_layout.contracts import Zone
    from spark_jobs import storage

    uri = tables.path(of, Zone.SILVER)
    table = storage.open_table(uri)
    if table is None:
        return []
    held = storage.dataset(table, uri, tables.ACCEPTED)
    return _lines(held.to_table(columns=like.column_names, filter=pc.field("_status") == tables.ACCEPTED))


def _lines(rows: "pa.Table") -> Iterator[tuple[Any, ...]]:
    return zip(*(column.to_pylist() for column in rows.columns), strict=True)


def _compared(name: str, grain: tuple[str, ...], truth: "pa.Table", held: Iterable[tuple[Any, ...]]) -> Compared:
    expected, found = _counted(_lines(truth)), _counted(held)
    lost, invented = expected - found, found - expected
    examples = [f"  {what}: {row}" for what, rows in (("lost", lost), ("invented", invented))
                for row in list(rows)[:_EXAMPLES]]  # fmt: skip
    return Compared(name, grain, found.total(), lost.total(), invented.total(), tuple(examples))


def _counted(rows: Iterable[tuple[Any, ...]]) -> Counter[tuple[Any, ...]]:
    return Counter(tuple(map(_comparable, row)) for row in rows)


def _comparable(value: Any) -> Any:
    """Instants with their zone: a client may leave out that they are in UTC."""
    if not isinstance(value, datetime):
        return value
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
