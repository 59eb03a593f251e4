"""DuckDB and delta-rs, with confluent-kafka before them and native inserts behind: one process, no JVM.

Its SQL stands in `duckdb_sql/`, a file for each table.
"""

from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import write_deltalake

from benchmarks import warehouses
from benchmarks.kafka_to_marts import avro, consume, tables
from benchmarks.kafka_to_marts.pipeline import Pipeline
from lake_layout import tables as layout
from lake_layout.contracts import Contract, Zone, contract
from spark_jobs import storage

_SQL = Path(__file__).with_name("duckdb_sql")
_BATCH = 200_000
_OWNERS = """CREATE TEMP TABLE owners AS
WITH newest AS (
    SELECT device_id, owned_from,
        arg_max({'user': user_id, 'priority': priority, 'until': owned_to}, valid_from) AS known
    FROM app_db__devices GROUP BY ALL
)
SELECT device_id, known.user AS user_id, known.priority AS priority, owned_from AS from_at,
    least(coalesce(known.until, 'infinity'::TIMESTAMPTZ), coalesce(lead(owned_from) OVER (
        PARTITION BY device_id ORDER BY owned_from), 'infinity'::TIMESTAMPTZ)) AS to_at
FROM newest"""
_ZONES = """CREATE TEMP TABLE zones AS
SELECT user_id, time_zone, valid_from AS from_at, coalesce(valid_to, 'infinity'::TIMESTAMPTZ) AS to_at
FROM app_db__users"""


# Around what each source's own query judges.
_BRONZE = """SELECT * EXCLUDE (is_unreadable, _value, _reasons),
    coalesce({event_time}, _logged_at)::DATE AS _event_date,
    is_late({event_time}, sent_at) AS _is_late,
    CASE WHEN len(_reasons) > 0 THEN 'rejected' ELSE 'accepted' END AS _status,
    _reasons,
    CASE WHEN len(_reasons) > 0 THEN _value END AS _payload
FROM ({judged})"""


class DuckDbDelta(Pipeline):
    def __init__(self) -> None:
        self.database = duckdb.connect()
        self.database.execute("LOAD icu; SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
        self.database.execute((_SQL / "macros.sql").read_text())

    def land(self) -> None:
        consume.land()

    def bronze(self) -> None:
        for address in tables.SOURCES:
            of = contract(address)
            raw = tables.scan(of, Zone.RAW)
            if address == "ai_coach/ai_interactions":
                rows = self.database.sql(f"FROM {raw}").to_arrow_table()
                self.database.register("read_by_fastavro", rows.append_column("f", _read_avro(of, rows["_value"])))
                raw = "read_by_fastavro"
            self.database.execute(f"CREATE OR REPLACE TEMP VIEW raw AS FROM {raw}")
            self._write(of, Zone.BRONZE, ["_status", "_event_date"])

    def silver(self) -> None:
        for address in tables.SOURCES:
            self._show(contract(address), Zone.BRONZE, "WHERE _status = 'accepted'")
        for address in tables.PEOPLE:
            self._show(contract(address), Zone.SILVER)
        for statement in (_OWNERS, _ZONES):
            self.database.execute(statement)
        for address in tables.SILVER:
            self._write(contract(address), Zone.SILVER, ["_status", "event_date"])

    def gold(self) -> None:
        for address in tables.SILVER:
            self._show(contract(address), Zone.SILVER, "WHERE _status = 'accepted'")
        for address in tables.GOLD:
            of = contract(address)
            self._write(of, Zone.GOLD, ["event_date"])
            self._show(of, Zone.GOLD)

    def marts(self) -> None:
        for address in tables.MARTS:
            of = contract(address)
            columns = ", ".join(column.name for column in layout.shown(of))
            rows = self.database.sql(f"SELECT {columns} FROM {tables.scan(of, Zone.GOLD)}").to_arrow_table()
            warehouses.insert(of, rows)

    def _show(self, of: Contract, zone: Zone, where: str = "") -> None:
        sql = f"CREATE OR REPLACE TEMP VIEW {layout.flat_name(of)} AS FROM {tables.scan(of, zone)} {where}"
        self.database.execute(sql)

    def _write(self, of: Contract, zone: Zone, partitions: list[str]) -> None:
        query = (_SQL / f"{zone}_{layout.flat_name(of)}.sql").read_text()
        if zone is Zone.BRONZE:
            query = _BRONZE.format(event_time=of.event_time, judged=query)
        rows = self.database.sql(query).to_arrow_reader(_BATCH)
        path = storage.local_path(layout.path(of, zone))
        assert path
        write_deltalake(path, rows, mode="append", partition_by=partitions)


def _read_avro(of: Contract, values: pa.ChunkedArray) -> pa.Array:
    """The fields of messages in the Confluent wire format; null where one cannot be read."""
    types = {"int": pa.int32()}
    struct = pa.struct([(column.name, types.get(column.type, pa.string())) for column in of.columns])
    return pa.array(map(avro.reader(), values.to_pylist()), struct)
