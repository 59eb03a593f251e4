"""When S3 may end an object of the lake's bucket: contracts (`keep`) → lifecycle rules.

No rule ends a live object of a Delta table: a file that lies there for years may still be part of the table's
newest version, so rows older than `keep` are deleted by a commit, and VACUUM deletes their files. With versioning a
deleted or replaced object lives on as a noncurrent version; those end after a month, or after `keep` where that is
shorter. Files of the inbox are in raw line by line and expire by `keep`. Staging is emptied by each run; what a
killed one left expires in a week, and so do the parts of an upload that was never completed.
"""

import math
from collections.abc import Iterator
from typing import Any

from lake_layout.contracts import Contract, Files, contracts
from lake_layout.lengths import seconds
from lake_layout.profile import profile

OURS = "lake:"
_NONCURRENT_DAYS = 30
_STAGING_DAYS = 7
_UPLOAD_DAYS = 7


def rules() -> list[dict[str, Any]]:
    """Our rules in the form of S3's API; of two rules that fit an object, S3 follows the one that ends sooner."""
    bucket = f"s3a://{profile().s3.bucket}/"
    found = [
        rule
        for uri, rule in (*_lake_rules(), *(rule for of in contracts().values() for rule in _dataset_rules(of)))
        if f"{uri}/".startswith(bucket)
    ]
    return [_everywhere(), *found]


def _everywhere() -> dict[str, Any]:
    return {
        **_rule("every-object", ""),
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": _UPLOAD_DAYS},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        **_noncurrent(_NONCURRENT_DAYS),
    }


def _lake_rules() -> Iterator[tuple[str, dict[str, Any]]]:
    uri = f"{profile().lake.root}/staging"
    yield uri, {**_rule("staging", _prefix(uri)), "Expiration": {"Days": _STAGING_DAYS}, **_noncurrent(1)}


def _dataset_rules(of: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    days = keep_days(of)
    if isinstance(of.origin, Files):
        uri = f"{profile().lake.inbox}/{of.address}"
        noncurrent = _noncurrent(min(days, _NONCURRENT_DAYS))
        yield uri, {**_rule(f"inbox/{of.address}", _prefix(uri)), "Expiration": {"Days": days}, **noncurrent}
    if days < _NONCURRENT_DAYS:
        for zone in of.zones:
            uri = f"{profile().lake.root}/{zone}/{of.address}"
            yield uri, {**_rule(f"{zone}/{of.address}", _prefix(uri)), **_noncurrent(days)}


def _rule(name: str, prefix: str) -> dict[str, Any]:
    return {"ID": f"{OURS}{name}", "Status": "Enabled", "Filter": {"Prefix": prefix}}


def _noncurrent(days: int) -> dict[str, Any]:
    return {"NoncurrentVersionExpiration": {"NoncurrentDays": days}}


def _prefix(uri: str) -> str:
    """The keys below a URI of the bucket."""
    return uri.removeprefix("s3a://").partition("/")[2] + "/"


def keep_days(of: Contract) -> int:
    """`keep` in whole days, rounded up: S3 counts nothing shorter."""
    return math.ceil(seconds(of.keep) / 86_400)
