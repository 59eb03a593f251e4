"""Backfills: plan → rows computed aside → what they would change → published with a run of daily_etl, or abandoned."""
