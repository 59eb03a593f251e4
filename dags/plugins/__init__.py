"""What Airflow loads beside DAGs."""
