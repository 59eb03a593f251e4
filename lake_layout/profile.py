"""The one place that reads the environment: ports, paths, credentials, time-outs.

Environment (`LAKE_…`) > `<home>/profile.env` (made at set-up, 0600) > defaults → `profile()`.
A nested field is written with two underscores: `LAKE_POSTGRES__PORT=5432`.
"""

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from lake_layout.sections import (
    HOST,
    S3,
    Airflow,
    Api,
    ClickHouse,
    Kafka,
    Lake,
    Postgres,
    Search,
    Spark,
    Superset,
    Timeouts,
)

REPOSITORY = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The folder of all local state; `LAKE_HOME` names another (tests use one of their own)."""
    return Path(os.environ.get("LAKE_HOME", REPOSITORY / ".lake")).resolve()


def lake_environment() -> dict[str, str]:
    """The variables with which a child process has the same profile as this one."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("LAKE_")}
    return {**ours, "LAKE_HOME": str(home())}


class Profile(BaseSettings):
    """Everything that differs between a laptop, S3 and a cluster."""

    model_config = SettingsConfigDict(env_prefix="LAKE_", env_nested_delimiter="__", extra="ignore")

    home: Path = Field(default_factory=home)
    datasets: Path = REPOSITORY / "lake_layout" / "datasets"
    rules: Path = REPOSITORY / "expectations" / "datasets"
    jars: Path = REPOSITORY / ".lake" / "jars"
    # Real data that tests read where it is there; it is no part of the repository.
    shared_data: Path = REPOSITORY.parent / "shared" / "data"
    # Which code runs, where it is not told by a git repository, as in an image.
    code_version: str = ""
    port_offset: int = 0
    # A container listens on all its addresses; its ports are published on 127.0.0.1.
    listen_address: str = HOST
    lake: Lake = Lake()
    spark: Spark = Spark()
    kafka: Kafka = Kafka()
    postgres: Postgres = Postgres()
    clickhouse: ClickHouse = ClickHouse()
    airflow: Airflow = Airflow()
    superset: Superset = Superset()
    s3: S3 = S3()
    search: Search = Search()
    api: Api = Api()
    timeouts: Timeouts = Timeouts()

    def model_post_init(self, _context: object) -> None:
        """Fill what follows from other fields: shifted ports and addresses."""
        if self.port_offset:
            databases = (self.postgres, self.clickhouse, self.search)
            screens = (self.airflow, self.superset, self.api)
            for section in (self.spark, self.kafka, self.s3, *databases, *screens):
                section.port += self.port_offset
            self.kafka.controller_port += self.port_offset
            self.search.transport_port += self.port_offset
            self.spark.ui_port += self.port_offset if self.spark.ui_port else 0
            self.spark.master_port += self.port_offset
            self.spark.master_ui_port += self.port_offset
            self.spark.worker_port += self.port_offset
        self.s3.endpoint = self.s3.endpoint or f"http://{HOST}:{self.s3.port}"
        local_root = f"s3a://{self.s3.bucket}" if self.s3.enabled else f"file:{self.home}"
        self.lake.root = (self.lake.root or f"{local_root}/lake").rstrip("/")
        if self.lake.is_on_s3 and not self.lake.root.startswith(f"s3a://{self.s3.bucket}/"):
            raise ValueError(f"{self.lake.root} is not in the bucket {self.s3.bucket}: LAKE_S3__BUCKET names it")
        self.lake.inbox = (self.lake.inbox or f"{local_root}/inbox").rstrip("/")
        self.kafka.bootstrap = self.kafka.bootstrap or f"{HOST}:{self.kafka.port}"
        self.search.url = self.search.url or (f"http://{HOST}:{self.search.port}" if self.search.enabled else "")
        # A token without TLS is accepted by Spark Connect for the name `localhost` only.
        self.spark.remote = self.spark.remote or f"sc://localhost:{self.spark.port}"
        own_master = f"spark://{HOST}:{self.spark.master_port}" if self.spark.workers else "local[*]"
        self.spark.master = self.spark.master or own_master
        if self.spark.workers and self.spark.master != own_master:
            raise ValueError(f"workers of this machine have a master of their own: not {self.spark.master}")
        self.clickhouse.data = self.home / "clickhouse" if self.clickhouse.data == Path() else self.clickhouse.data

    def postgres_dsn(self, database: str, *, reader: bool = False) -> str:
        """A libpq URI; it carries the password, so it never belongs on a command line or in a log."""
        pg = self.postgres
        user, password = (pg.reader_user, pg.reader_password) if reader else (pg.user, pg.password)
        return f"postgresql://{user}:{password.get_secret_value()}@{pg.host}:{pg.port}/{database}"

    @property
    def kafka_client(self) -> dict[str, str | int | float | bool]:
        """What a client of librdkafka needs; it carries the password, so it never belongs in a log."""
        kafka = self.kafka
        settings: dict[str, str | int | float | bool] = {
            "bootstrap.servers": kafka.bootstrap,
            "security.protocol": kafka.security_protocol,
        }
        if kafka.security_protocol.startswith("SASL"):
            login = {"sasl.username": kafka.user, "sasl.password": kafka.password.get_secret_value()}
            settings |= {"sasl.mechanism": "PLAIN", **login}
        return settings

    @property
    def spark_remote(self) -> str:
        """The address with the token, for a client's `SPARK_REMOTE`; never for a command line or a log."""
        token = self.spark.token.get_secret_value()
        return f"{self.spark.remote}/;token={token}" if token and ";" not in self.spark.remote else self.spark.remote

    @property
    def spark_ui_key(self) -> bytes:
        """What signs a request to Spark's web servers: 32 bytes that follow from its token."""
        return sha256(self.spark.token.get_secret_value().encode()).digest()

    @property
    def clickhouse_url(self) -> str:
        return f"http://{self.clickhouse.host}:{self.clickhouse.port}"

    @property
    def airflow_url(self) -> str:
        return f"http://{HOST}:{self.airflow.port}"

    @property
    def superset_url(self) -> str:
        return f"http://{HOST}:{self.superset.port}"


@lru_cache
def profile() -> Profile:
    """The profile of this process.

    Raises pydantic.ValidationError: a variable has a value of the wrong type.
    """
    env_file = home() / "profile.env"
    return Profile(_env_file=env_file if env_file.exists() else None)  # type: ignore[call-arg]
