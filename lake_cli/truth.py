"""`lake truth`: what the simulator knows of tables and marts, held against what they hold, row by row, by DuckDB."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from lake_cli import columns
from lake_cli.screen import AsJson, err, print_json

if TYPE_CHECKING:
    import pyarrow as pa

    from lake_layout.contracts import Contract, Zone

# Mart → the simulator's name for its truth, and the dataset whose grain it has.
MARTS = {
    "marts.fct_daily_activity": ("fct_daily_activity", "health/daily_activity"),
    "marts.fct_daily_calories": ("daily_calories", "health/daily_calories"),
    "marts.fct_hourly_steps": ("hourly_steps", "health/hourly_steps"),
    "marts.fct_heart_rate_5m": ("heart_rate_5m", "health/heart_rate_5m"),
    "marts.fct_heart_rate_1h": ("heart_rate_1h", "health/heart_rate_1h"),
    "marts.fct_heart_rate_trend": ("heart_rate_trend", "health/heart_rate_trend"),
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
# Tables of the lake that the simulator knows the truth of, under the same names: those without a mart of their own.
TABLES = (
    "silver.ai_coach/conversation_turns",
    "silver.app/user_sessions",
    "silver.social/interactions",
    "silver.wearables/body_measurements",
    "silver.wearables/hrv_readings",
    "silver.wearables/spo2_readings",
    "silver.workouts/workout_sessions",
    "gold.health/heart_rate_1m",
)
NAMES = (*TABLES, *MARTS)
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
        zone, _, table = name.partition(".")
        told, address = MARTS.get(name) or (table.rpartition("/")[2], table)
        file = profile().home / "truth" / f"{told}.parquet"
        if not file.exists():
            raise FileNotFoundError(f"{file} is missing: `lake simulate` writes it")
        of = contract(address)
        expected = pq.read_table(file)
        if name in MARTS:
            grain = tables.grain(of, Zone.SILVER) if name.endswith("_history") else of.key
            yield _compared(name, grain, expected, _rows_of_mart(name, expected.schema))
        else:
            yield _compared(name, tables.grain(of, Zone(zone)), expected, _rows_of_table(of, Zone(zone), expected))


def _rows_of_mart(mart: str, like: "pa.Schema") -> "pa.Table":
    """As a reader sees them."""
    import pyarrow as pa

    from lake_cli import reader

    # The client leaves out that instants are in UTC.
    instant = pa.timestamp("us", tz="UTC")
    types = [instant if pa.types.is_timestamp(type_) else type_ for type_ in like.types]
    with (
        reader.clickhouse_client() as client,
        client.query_column_block_stream(f"SELECT {', '.join(like.names)} FROM {mart}") as blocks,
    ):
        found = [pa.record_batch(list(map(pa.array, block, types)), like.names) for block in blocks]
    return pa.Table.from_batches(found, pa.schema(zip(like.names, types, strict=True)))


def _rows_of_table(of: "Contract", zone: "Zone", like: "pa.Table") -> "pa.Table":
    """The accepted rows of a table of the lake."""
    import pyarrow.compute as pc

    from lake_layout import tables
    from spark_jobs import storage

    uri = tables.path(of, zone)
    table = storage.open_table(uri)
    if table is None:
        return like.slice(length=0)
    if not tables.has_status(of, zone):
        return storage.dataset(table, uri).to_table(columns=like.column_names)
    held = storage.dataset(table, uri, tables.ACCEPTED)
    return held.to_table(columns=like.column_names, filter=pc.field("_status") == tables.ACCEPTED)


def _compared(name: str, grain: tuple[str, ...], truth: "pa.Table", held: "pa.Table") -> Compared:
    import duckdb

    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        engine.register("truth", truth)
        engine.register("held", held)
        lost, invented = (
            engine.sql(f"FROM {one} EXCEPT ALL FROM {other}").to_arrow_table()
            for one, other in (("truth", "held"), ("held", "truth"))
        )
    examples = [f"  {what}: {tuple(row.values())}" for what, rows in (("lost", lost), ("invented", invented))
                for row in rows.slice(length=_EXAMPLES).to_pylist()]  # fmt: skip
    return Compared(name, grain, held.num_rows, lost.num_rows, invented.num_rows, tuple(examples))
