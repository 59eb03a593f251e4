"""An S3 server that keeps its objects as files under `<home>/s3`, for the profile with the lake on S3.

s3proxy.conf (private: keys) → s3proxy → the bucket is set up. It knows no versioning, encryption or lifecycle.
"""

from pathlib import Path

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import bucket, jars
from local_stack.service import NotReady, Service, write_private


def service() -> Service:
    return Service(
        name="s3",
        command=_command,
        ports={"s3.port": profile().s3.port},
        prepare=prepare,
        check=check,
        initialise=bucket.set_up,
    )


def _folder() -> Path:
    return profile().home / "s3"


def _command() -> list[str]:
    logging = f"-Dlogback.configurationFile={Path(__file__).with_name('s3_logback.xml')}"
    main = ["org.gaul.s3proxy.Main", "--properties", str(_folder() / "s3proxy.conf")]
    return ["java", "-Xmx384m", "-XX:+UseSerialGC", logging, "-cp", jars.class_path("s3"), *main]


def prepare() -> None:
    settings = profile().s3
    (_folder() / "objects").mkdir(parents=True, exist_ok=True)
    values = {
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": settings.access_key,
        "s3proxy.credential": settings.secret_key.get_secret_value(),
        "s3proxy.endpoint": f"http://{HOST}:{settings.port}",
        # ClickHouse sends the header of a session token even where there is none.
        "s3proxy.ignore-unknown-headers": "true",
        "jclouds.provider": "filesystem-nio2",
        "jclouds.filesystem.basedir": _folder() / "objects",
    }
    write_private(_folder() / "s3proxy.conf", "".join(f"{key}={value}\n" for key, value in values.items()))


def check() -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        bucket.client(attempts=1).list_buckets()
    except (BotoCoreError, ClientError) as error:
        raise NotReady(str(error)) from error
