"""Airflow reads its home when it is first imported, so tests give it an empty one before they import it."""

import os
import tempfile

# Also where a shell names one: a stack's own home has a configuration and a database.
_HOME = tempfile.TemporaryDirectory(prefix="airflow-tests-")
os.environ["AIRFLOW_HOME"] = _HOME.name


def pytest_unconfigure() -> None:
    _HOME.cleanup()
