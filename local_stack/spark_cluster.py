"""A Spark cluster on this machine, where the profile asks for workers: the lake's server is its driver.

spark-defaults.conf (private: the secret that all share) → spark-class → a master and workers on 127.0.0.1, which start
the server's executors. Their pages answer whoever signs, as the server's do.
"""

import shutil
from functools import partial
from pathlib import Path

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import spark, spark_pages, supervisor
from local_stack.service import NotReady, Service, write_private

_MASTER = "org.apache.spark.deploy.master.Master"
_WORKER = "org.apache.spark.deploy.worker.Worker"


def services() -> list[Service]:
    """The master and its workers; none without workers."""
    names = spark.workers()
    return [_master(), *(_worker(name, number) for number, name in enumerate(names))] if names else []


def _master() -> Service:
    settings = profile().spark
    return Service(
        name=spark.MASTER,
        command=partial(_command, _MASTER, "--port", settings.master_port, "--webui-port", settings.master_ui_port),
        ports={"spark.master_port": settings.master_port, "spark.master_ui_port": settings.master_ui_port},
        prepare=_prepare_master,
        check=_check_master,
        environment=_environment,
    )


def _worker(name: str, number: int) -> Service:
    settings = profile().spark
    port = settings.worker_port + number
    of_it = ("--cores", settings.executor_cores, "--memory", settings.executor_memory, "--work-dir", _folder() / name)
    return Service(
        name=name,
        command=partial(_command, _WORKER, "--port", port, "--webui-port", 0, *of_it, settings.master),
        ports={"spark.worker_port": port},
        needs=(spark.MASTER,),
        prepare=partial(shutil.rmtree, _folder() / name, ignore_errors=True),
        check=partial(_check_worker, port),
        environment=_environment,
    )


def _folder() -> Path:
    return spark.folder() / "cluster"


def _command(main_class: str, *words: object) -> list[str]:
    own = ("--host", HOST, "--properties-file", _folder() / "conf" / "spark-defaults.conf")
    return [str(spark.home() / "bin" / "spark-class"), main_class, *map(str, (*own, *words))]


def _environment() -> dict[str, str]:
    # Executors take the folder of settings from their worker, and with it how they log.
    daemon = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": "-XX:+UseSerialGC"}
    return spark.environment(_folder() / "conf") | daemon


def _prepare_master() -> None:
    """Write the settings of all, and forget what an older master knew, unless somebody is there whom it knew."""
    states = supervisor.states()
    is_known = any(states.get(name, {}).get("pid") for name in ("spark", *spark.workers()))
    for name in ("recovery", "tmp"):
        if not is_known:
            shutil.rmtree(_folder() / name, ignore_errors=True)
        (_folder() / name).mkdir(parents=True, exist_ok=True)
    conf = _folder() / "conf"
    spark.copy_log_settings(conf)
    values = {
        **spark.secret_settings(),
        **spark_pages.settings(),
        "spark.master.rest.enabled": "false",
        "spark.deploy.recoveryMode": "FILESYSTEM",
        "spark.deploy.recoveryDirectory": _folder() / "recovery",
        "spark.local.dir": _folder() / "tmp",
        "spark.worker.cleanup.enabled": "true",
        "spark.executor.logs.rolling.strategy": "size",
        "spark.executor.logs.rolling.maxSize": 5_000_000,
        "spark.executor.logs.rolling.maxRetainedFiles": 2,
    }
    write_private(conf / "spark-defaults.conf", "".join(f"{key} {value}\n" for key, value in values.items()))


def worker_states() -> dict[int, str]:
    """Port of each worker that the master knows → its state.

    Raises NotReady: the master does not answer.
    """
    found = spark_pages.ask(profile().spark.master_ui_port, "json/")
    return {worker["port"]: worker["state"] for worker in found["workers"]}


def _check_master() -> None:
    worker_states()


def _check_worker(port: int) -> None:
    if (state := worker_states().get(port)) != "ALIVE":
        raise NotReady(f"the master says that it is {state or 'not there'}")
