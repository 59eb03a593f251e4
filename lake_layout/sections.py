"""The parts of the profile: what each service needs to be found and used, with the defaults of a laptop."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, NonNegativeInt, PositiveInt, SecretStr

HOST = "127.0.0.1"


class Lake(BaseModel):
    """Where the zones live: `root` is a `file:` or `s3a:` URI without a trailing slash.

    With `export_secret` people are told apart in exports and not named. Compaction makes files of `target_file_mb`.
    """

    root: str = ""
    inbox: str = ""
    export_secret: SecretStr = SecretStr("")
    max_records_per_batch: PositiveInt = 5_000_000
    target_file_mb: PositiveInt = 64

    @property
    def is_on_s3(self) -> bool:
        return self.root.startswith("s3a:")


class Spark(BaseModel):
    """`ui_port`: of the web server that tells what each job cost, at the host of `remote`; 0 where there is none.

    `class_path`: what the server of a laptop finds beside its own jars, such as a driver for JDBC.
    `master`: where the server's tasks run; by default here, in its own process, or on `workers`, which are programs of
    the embedded stack. `driver_host`, `secret` and what an executor gets are for any cluster.
    """

    port: int = 15002
    ui_port: int = 14040
    remote: str = ""
    token: SecretStr = SecretStr("")
    master: str = ""
    master_port: int = 17070
    master_ui_port: int = 17071
    workers: NonNegativeInt = 0
    worker_port: int = 17072
    secret: SecretStr = SecretStr("")
    driver_host: str = HOST
    driver_memory: str = "4g"
    executor_cores: PositiveInt = 1
    executor_memory: str = "2g"
    shuffle_partitions: PositiveInt = 4
    class_path: str = ""

    @property
    def is_on_cluster(self) -> bool:
        return not self.master.startswith("local")


class Kafka(BaseModel):
    port: int = 19092
    controller_port: int = 19093
    bootstrap: str = ""
    user: str = "lake"
    password: SecretStr = SecretStr("")
    security_protocol: Literal["SASL_PLAINTEXT", "SASL_SSL", "PLAINTEXT", "SSL"] = "SASL_PLAINTEXT"


class Postgres(BaseModel):
    """One server, one database for each tenant; `user` owns all of them."""

    host: str = HOST
    port: int = 15432
    user: str = "lake"
    password: SecretStr = SecretStr("")
    reader_user: str = "bi_reader"
    reader_password: SecretStr = SecretStr("")
    app_database: str = "fitness_app"
    airflow_database: str = "airflow"
    superset_database: str = "superset"
    warehouse_database: str = "warehouse"


class ClickHouse(BaseModel):
    host: str = HOST
    port: int = 18123
    user: str = "lake"
    password: SecretStr = SecretStr("")
    reader_user: str = "bi_reader"
    reader_password: SecretStr = SecretStr("")
    data: Path = Path()


class Airflow(BaseModel):
    """`schedules_from`: scheduled intervals that end before it are skipped; manual runs and backfills are not."""

    port: int = 18080
    user: str = "admin"
    password: SecretStr = SecretStr("")
    schedules_from: AwareDatetime | None = None
    jwt_secret: SecretStr = SecretStr("")
    fernet_key: SecretStr = SecretStr("")


class Superset(BaseModel):
    """Dashboards in the browser; `enabled` makes it a service of the stack, `lake bi` writes it into profile.env."""

    enabled: bool = False
    port: int = 18088
    user: str = "admin"
    password: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")


class S3(BaseModel):
    """The S3 endpoint of the lake; `enabled` also starts the embedded S3 server."""

    enabled: bool = False
    port: int = 19000
    endpoint: str = ""
    access_key: str = "lake"
    secret_key: SecretStr = SecretStr("")
    bucket: str = "lake"
    region: str = "us-east-1"


class Search(BaseModel):
    """Where words are looked for: the OpenSearch at `url`; `enabled` also starts the embedded node. Without both, off.

    `alias` is what readers ask; the index of release 13 is called `<alias>_r13_…`.
    """

    enabled: bool = False
    port: int = 19200
    transport_port: int = 19201
    url: str = ""
    ca_file: str = ""
    alias: str = "lake"
    user: str = "lake"
    password: SecretStr = SecretStr("")
    reader_user: str = "bi_reader"
    reader_password: SecretStr = SecretStr("")


class Api(BaseModel):
    """What serves exports to partners: `lake api serve`."""

    port: int = 18090


class Timeouts(BaseModel):
    """Seconds."""

    service_ready: PositiveInt = 180
    service_stop: PositiveInt = 60
    stray_end: PositiveInt = 10
    connect: PositiveInt = 10
    kafka_read: PositiveInt = 120
    sql_statement: PositiveInt = 600
    operation_interrupt: PositiveInt = 60
    job: PositiveInt = 3600
    dag_run: PositiveInt = 3600
    run_poll: PositiveInt = 2
    # Before the first retry of a task; doubled each time for a service that is away.
    retry_delay: PositiveInt = 30
