"""On what a bench was run: processor, memory, the speed of the disk, versions of what worked."""

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import psutil

from spark_jobs import code_version

_PACKAGES = ("pyspark", "delta-spark", "deltalake", "duckdb", "polars", "pysail", "pyarrow", "confluent-kafka", "chdb")
_BLOCK = b"\0" * (4 * 1024 * 1024)
_BLOCKS = 128


def told(folder: Path) -> dict[str, object]:
    """`disk_mb_per_second`: half a gigabyte written below the folder and forced to the disk."""
    return {
        "code": code_version.current(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "disk_mb_per_second": _disk(folder),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in _PACKAGES},
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor()


def _disk(folder: Path) -> int:
    path = folder / "speed"
    begin = time.monotonic()
    with path.open("wb") as file:
        for _ in range(_BLOCKS):
            file.write(_BLOCK)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.monotonic() - begin
    path.unlink()
    return round(_BLOCKS * len(_BLOCK) / 1024**2 / seconds)
