"""Putting files into the inbox of the lake, a folder (`file:`) or an S3 prefix (`s3a:`)."""

from pathlib import Path

import boto3

from lake_layout.profile import profile


def put(path: str, content: bytes) -> None:
    """Write one file below the inbox; a file already there is replaced whole."""
    inbox = profile().lake.inbox
    if inbox.startswith("file:"):
        target = Path(inbox.removeprefix("file:")) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        half_written = target.with_name(f".{target.name}.part")
        half_written.write_bytes(content)
        half_written.replace(target)
        return
    bucket, _, prefix = inbox.removeprefix("s3a://").partition("/")
    settings = profile().s3
    client = boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        region_name=settings.region,
    )
    client.put_object(Bucket=bucket, Key=f"{prefix}/{path}", Body=content)
