"""One task of the first draft, as `spark-submit` runs it: STAGE ADDRESS…"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from benchmarks import jdbc
from lake_layout import tables
from lake_layout.contracts import Contract, KafkaLog, Zone, contract
from spark_jobs import compute
from spark_jobs.bronze.decoders import decoder
from spark_jobs.bronze.rows import bronze_rows
from spark_jobs.raw import broker


def land(spark: SparkSession, of: Contract) -> None:
    assert isinstance(of.origin, KafkaLog)
    options = {"subscribe": of.origin.topic, "startingOffsets": "earliest", "endingOffsets": "latest"}
    records = spark.read.format("kafka").options(**broker.spark_options(), **options).load()
    rows = records.selectExpr(
        "current_date() AS _landed_date",
        "topic AS _origin",
        "partition AS _partition",
        "offset AS _offset",
        "timestamp AS _logged_at",
        "key AS _key",
        "value AS _value",
        "1L AS _batch",
    )
    rows.write.format("delta").mode("append").partitionBy("_landed_date").save(tables.path(of, Zone.RAW))


def bronze(spark: SparkSession, of: Contract) -> None:
    rows = bronze_rows(decoder(of)(_rows(spark, of, Zone.RAW), of, []), of, 1)
    rows.write.format("delta").mode("append").partitionBy("_event_date").save(tables.path(of, Zone.BRONZE))


def silver(spark: SparkSession, of: Contract) -> None:
    _build(spark, of, Zone.SILVER)


def gold(spark: SparkSession, of: Contract) -> None:
    _build(spark, of, Zone.GOLD)


def marts(spark: SparkSession, of: Contract) -> None:
    rows = _rows(spark, of, Zone.GOLD)
    jdbc.into_postgres(rows, of)
    jdbc.into_clickhouse(rows, of)


def _rows(spark: SparkSession, of: Contract, zone: Zone) -> DataFrame:
    return spark.read.format("delta").load(tables.path(of, zone))


def _build(spark: SparkSession, of: Contract, zone: Zone) -> None:
    chosen = compute.reads(of, zone)
    inputs = {}
    for name, address in of.reads.items():
        source, before = contract(address), tables.input_zone(of, address)
        frame = _rows(spark, source, before)
        if tables.is_history(source, before):
            frame = F.broadcast(frame)
        accepted = frame.where("_status = 'accepted'") if "_status" in frame.columns else frame
        inputs[name] = accepted.where(chosen.get(name, "true"))
    columns = [F.col(column.name).cast(column.type).alias(column.name) for column in tables.columns(of, zone)]
    _merge(compute.rows(of, zone, inputs).select(*columns), of, zone)


def _merge(rows: DataFrame, of: Contract, zone: Zone) -> None:
    spark, path = rows.sparkSession, tables.path(of, zone)
    empty = rows.limit(0)
    empty.write.format("delta").mode("append").partitionBy(str(of.partition)).save(path)
    rows.createOrReplaceTempView("made")
    same = " AND ".join(f"old.{name} <=> made.{name}" for name in of.key)
    spark.sql(
        f"MERGE INTO delta.`{path}` AS old USING made ON {same}"
        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


if __name__ == "__main__":
    stage, *addresses = sys.argv[1:]
    session = SparkSession.builder.appName(stage).config("spark.sql.session.timeZone", "UTC").getOrCreate()
    for address in addresses:
        globals()[stage](session, contract(address))
