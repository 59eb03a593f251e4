"""What a lake's bucket on S3 is given, and when S3 may end its objects."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from moto.server import ThreadedMotoServer

from lake_layout.contracts import contract, contracts
from lake_layout.profile import profile
from local_stack import bucket, bucket_lifecycle
from local_stack.service import StackError

Use = Callable[..., None]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    def variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        _forget()

    yield variables
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    profile.cache_clear()
    contracts.cache_clear()


@pytest.fixture
def s3(tmp_path: Path, use: Use) -> Iterator[Any]:
    """A client of an S3 server in memory; the profile's lake lies on it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    use(LAKE_HOME=str(tmp_path), LAKE_S3__ENABLED="true", LAKE_S3__ENDPOINT=f"http://{host}:{port}")
    use(LAKE_S3__SECRET_KEY="secret", LAKE_S3__BUCKET="a-lake")
    # Servers of one process share what they hold.
    httpx.post(f"http://{host}:{port}/moto-api/reset")
    yield bucket.client()
    server.stop()


def _settings(s3: Any, name: str) -> dict[str, Any]:
    """Everything the bucket was given, as the server tells it."""
    return {
        "versioning": s3.get_bucket_versioning(Bucket=name)["Status"],
        "encryption": s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"],
        "public": s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"],
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"],
    }


def _named(rules: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule["ID"]: rule for rule in rules}


def test_a_new_bucket_keeps_versions_encrypts_and_shuts_the_public_out(s3: Any) -> None:
    bucket.set_up()
    found = _settings(s3, "a-lake")
    assert found["versioning"] == "Enabled"
    assert found["encryption"][0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert found["public"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    assert _named(found["lifecycle"]).keys() == _named(bucket_lifecycle.rules()).keys()


def test_a_second_time_changes_nothing(s3: Any) -> None:
    bucket.set_up()
    once = _settings(s3, "a-lake")
    bucket.set_up()
    assert _settings(s3, "a-lake") == once


def test_what_somebody_else_has_set_stays(s3: Any) -> None:
    s3.create_bucket(Bucket="a-lake")
    key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "our-own"}
    encryption = {"Rules": [{"ApplyServerSideEncryptionByDefault": key}]}
    s3.put_bucket_encryption(Bucket="a-lake", ServerSideEncryptionConfiguration=encryption)
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "else/"}, "Expiration": {"Days": 1}}
    outdated = {**theirs, "ID": "lake:inbox/market/an_old_dataset"}
    s3.put_bucket_lifecycle_configuration(Bucket="a-lake", LifecycleConfiguration={"Rules": [theirs, outdated]})
    bucket.set_up()
    found = _settings(s3, "a-lake")
    assert found["encryption"][0]["ApplyServerSideEncryptionByDefault"] == key
    assert found["lifecycle"][0] == theirs
    assert _named(found["lifecycle"]).keys() == {"theirs", *_named(bucket_lifecycle.rules())}


def test_a_bucket_that_cannot_be_made_is_told_with_its_endpoint(s3: Any, use: Use) -> None:
    use(LAKE_S3__BUCKET="x")
    with pytest.raises(StackError, match=r"bucket x at http://127\.0\.0\.1:.*InvalidBucketName"):
        bucket.set_up()


def test_a_live_object_of_a_table_never_ends(s3: Any) -> None:
    ending = [rule["Filter"]["Prefix"] for rule in bucket_lifecycle.rules() if "Days" in rule.get("Expiration", {})]
    assert ending == [
        "lake/staging/",
        "inbox/app_logs/service_logs/",
        "inbox/market/daily_prices/",
        "inbox/weather/daily_observations/",
        "inbox/weather/hourly_observations/",
    ]


def test_files_of_the_inbox_end_when_their_dataset_no_longer_keeps_them(s3: Any) -> None:
    rules = _named(bucket_lifecycle.rules())
    assert contract("app_logs/service_logs").keep == "90d"
    assert rules["lake:inbox/app_logs/service_logs"]["Expiration"] == {"Days": 90}
    assert contract("market/daily_prices").keep == "5y"
    assert rules["lake:inbox/market/daily_prices"]["Expiration"] == {"Days": 1827}


def test_deleted_rows_of_a_dataset_kept_for_a_week_are_gone_a_week_later(s3: Any, use: Use, tmp_path: Path) -> None:
    folder = tmp_path / "datasets" / "app"
    folder.mkdir(parents=True)
    columns = "{event_id: {type: string, description: Identity.}}"
    origin = "{kind: kafka_log, topic: t, partitions: 1, kept: 1d}"
    body = f"description: D.\nowner: o\norigin: {origin}\nkey: [event_id]\nkeep: 168h\ncolumns: {columns}\n"
    (folder / "short_lived.yml").write_text(body)
    use(LAKE_DATASETS=str(tmp_path / "datasets"))
    rules = _named(bucket_lifecycle.rules())
    assert rules["lake:every-object"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    for zone in ("raw", "bronze"):
        rule = rules[f"lake:{zone}/app/short_lived"]
        assert rule["Filter"]["Prefix"] == f"lake/{zone}/app/short_lived/"
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}


def test_what_lies_in_another_bucket_gets_no_rule_here(s3: Any, use: Use) -> None:
    use(LAKE_LAKE__INBOX="s3a://somebody-elses/files")
    assert _named(bucket_lifecycle.rules()).keys() == {"lake:every-object", "lake:staging"}
