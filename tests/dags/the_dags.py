"""What the DAG folder is to hold."""

THE_DAGS = ["backfill", "daily_etl", "docs", "land_sources", "maintenance", "search", "weekly_analytics"]
