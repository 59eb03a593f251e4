"""Putting files into the inbox of the lake, a folder (`file:`) or an S3 prefix (`s3a:`)."""

from pathlib import Path

from lake_layout.profile import profile
from local_stack import bucket


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
    name, _, prefix = inbox.removeprefix("s3a://").partition("/")
    bucket.client().put_object(Bucket=name, Key=f"{prefix}/{path}", Body=content)
