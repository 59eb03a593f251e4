"""Airflow reads its home when it is first imported, so tests give it an empty one before they import it."""

import os
import tempfile

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-tests-"))
