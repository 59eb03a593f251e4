"""The embedded services of a laptop: Kafka, Postgres, ClickHouse, Spark, Airflow and S3 under one supervisor."""
