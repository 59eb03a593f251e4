"""Sources → raw, by kind of origin: Kafka logs, database snapshots, files."""
