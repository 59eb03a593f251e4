"""Polars and delta-rs, with confluent-kafka before them and native inserts behind: one process, no JVM."""

import polars as pl

from benchmarks import warehouses
from benchmarks.kafka_to_marts import consume, tables
from benchmarks.kafka_to_marts.pipeline import Pipeline
from benchmarks.kafka_to_marts.polars_delta import bronze, gold, lake, silver, steps, workouts
from benchmarks.kafka_to_marts.polars_delta.people import People
from lake_layout import tables as layout
from lake_layout.contracts import Zone, contract

_SILVER = {
    "wearables/heart_rate_readings": silver.heart_rate_readings,
    "wearables/step_intervals": steps.step_intervals,
    "workouts/workout_sessions": workouts.workout_sessions,
    "app/user_sessions": silver.user_sessions,
    "social/interactions": silver.interactions,
    "ai_coach/conversation_turns": silver.conversation_turns,
}


class PolarsDelta(Pipeline):
    def land(self) -> None:
        consume.land()

    def bronze(self) -> None:
        for address in tables.SOURCES:
            lake.append(address, Zone.BRONZE, bronze.records(contract(address), lake.scan(address, Zone.RAW)))

    def silver(self) -> None:
        people = People()
        for address, rows in _SILVER.items():
            lake.append(address, Zone.SILVER, lake.once(rows(people)))

    def gold(self) -> None:
        for address, rows in gold.TABLES.items():
            lake.append(address, Zone.GOLD, rows())

    def marts(self) -> None:
        for address in tables.MARTS:
            of = contract(address)
            rows = lake.scan(address, Zone.GOLD).select(column.name for column in layout.shown(of)).collect()
            warehouses.insert(of, rows.to_arrow(compat_level=pl.CompatLevel.oldest()))
