"""The bucket of a lake on S3: created, and given versioning, encryption, no public access and a lifecycle.

What somebody has set already (a key of their own, rules of their own) stays, so it may run again at any time.
Alone: `python -m local_stack.bucket`.
"""

import logging
from collections.abc import Callable
from typing import Any

from lake_layout.profile import profile
from lake_layout.sections import HOST
from local_stack import bucket_lifecycle
from local_stack.service import StackError

_LOG = logging.getLogger(__name__)


def client(attempts: int = 5) -> Any:
    """A boto3 client of the lake's S3 endpoint; one on this machine is asked past any proxy."""
    import boto3
    from botocore.config import Config

    settings = profile().s3
    is_local = f"//{HOST}:" in settings.endpoint
    return boto3.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=settings.region,
        aws_access_key_id=settings.access_key,
        aws_secret_access_key=settings.secret_key.get_secret_value(),
        config=Config(
            s3={"addressing_style": "path"},
            retries={"total_max_attempts": attempts},
            proxies={} if is_local else None,
        ),
    )


def set_up(tell: Callable[[str], None] = _LOG.info) -> None:
    """Make the bucket as it should be; a setting that the S3 server does not implement is told and left out.

    Raises StackError: the bucket belongs to somebody else, or the keys may not change it.
    """
    from botocore.exceptions import ClientError

    s3, bucket = client(), profile().s3.bucket
    settings = {
        "versioning": _set_versioning,
        "default encryption": _set_encryption,
        "block of public access": _set_public_access_block,
        "lifecycle": _set_lifecycle,
    }
    try:
        _create(s3, bucket)
        for what, apply in settings.items():
            try:
                apply(s3, bucket)
            except ClientError as error:
                if _code(error) != "NotImplemented":
                    raise
                tell(f"bucket {bucket}: this S3 server knows no {what}")
    except ClientError as error:
        raise StackError(f"bucket {bucket} at {profile().s3.endpoint}: {error}") from error


def _code(error: Any) -> str:
    return str(error.response["Error"]["Code"])


def _create(s3: Any, bucket: str) -> None:
    from botocore.exceptions import ClientError

    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        # An answer to HEAD has no body that could name the error.
        if _code(error) not in ("404", "NoSuchBucket"):
            raise
        region = profile().s3.region
        # The first region of S3 is the one that must not be named.
        elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        s3.create_bucket(Bucket=bucket, **elsewhere)


def _set_versioning(s3: Any, bucket: str) -> None:
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def _set_encryption(s3: Any, bucket: str) -> None:
    """The server's own keys, unless the bucket has an encryption already."""
    from botocore.exceptions import ClientError

    try:
        s3.get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if _code(error) != "ServerSideEncryptionConfigurationNotFoundError":
            raise
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _set_public_access_block(s3: Any, bucket: str) -> None:
    kinds = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(kinds, True))


def _set_lifecycle(s3: Any, bucket: str) -> None:
    """Replace our rules, keep all others: S3 takes the whole list at once."""
    from botocore.exceptions import ClientError

    try:
        present = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        if _code(error) != "NoSuchLifecycleConfiguration":
            raise
        present = []
    others = [rule for rule in present if not rule.get("ID", "").startswith(bucket_lifecycle.OURS)]
    wanted = [*others, *bucket_lifecycle.rules()]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": wanted})


if __name__ == "__main__":
    set_up(print)
