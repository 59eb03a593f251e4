"""docker-compose.yml says what the profile says, keeps to this machine, and mounts what is there."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import yaml
from pydantic import BaseModel

from lake_layout.profile import REPOSITORY, Profile, profile
from lake_layout.sections import HOST, S3, Airflow, ClickHouse, Kafka, Postgres, Search, Spark, Superset
from local_stack import airflow, kafka, spark
from local_stack.passwords import ensure_passwords
from local_stack.services import all_services
from local_stack.superset import service as superset

COMPOSE = REPOSITORY / "docker-compose.yml"
FOLDER = REPOSITORY / "local_stack" / "compose"
SECTIONS = (Spark, Kafka, Postgres, ClickHouse, Airflow, Superset, S3, Search)
VERSION = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["version"]
OURS, WITH_SUPERSET = f"fitness-lakehouse:{VERSION}", f"fitness-lakehouse-bi:{VERSION}"
PORT = re.compile(r"127\.0\.0\.1:\$\{LAKE_([A-Z0-9]+)__PORT:-(\d+)\}:(\d+)")
PINNED = re.compile(r"[a-z/-]+:\d[\w.-]*@sha256:[0-9a-f]{64}")
GIVEN = re.compile(r"\$\{LAKE_\w+(:\?[^}]+)?\}")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(COMPOSE.read_text())["services"]


@pytest.fixture
def with_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The home that `lake compose env` makes, in an empty folder; Superset and the search are on."""
    monkeypatch.setenv("LAKE_HOME", str(tmp_path))
    monkeypatch.setenv("LAKE_S3__ENABLED", "true")
    monkeypatch.setenv("LAKE_SUPERSET__ENABLED", "true")
    monkeypatch.setenv("LAKE_SEARCH__ENABLED", "true")
    profile.cache_clear()
    ensure_passwords()
    yield tmp_path
    profile.cache_clear()


def _variables(services: dict[str, dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Service, name and value of every variable of every container."""
    return [
        (name, variable, str(value))
        for name, service in services.items()
        for variable, value in service.get("environment", {}).items()
    ]


def test_ports_are_those_of_the_profile_and_open_to_this_machine_only(services):
    published = [port for service in services.values() for port in service.get("ports", [])]
    matches = [PORT.fullmatch(port) for port in published]
    assert [port for port, match in zip(published, matches, strict=True) if not match] == []
    found = {match[1]: (int(match[2]), int(match[3])) for match in matches if match}
    assert found == {section.__name__.upper(): (section().port, section().port) for section in SECTIONS}
    assert [name for name, service in services.items() if service.get("network_mode") == "host"] == []


def test_every_image_is_pinned_by_version_and_digest(services):
    base = re.findall(r"^FROM (\S+)", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)
    images = [*(service["image"] for service in services.values()), *base]
    # The second stage of the file begins with its first.
    ours = (OURS, WITH_SUPERSET, "lakehouse")
    assert [image for image in images if image not in ours and not PINNED.fullmatch(image)] == []


def test_our_own_image_is_built_once_and_never_pulled(services):
    ours = {name: service for name, service in services.items() if service["image"] == OURS}
    assert [name for name, service in ours.items() if "build" in service] == ["lakehouse"]
    assert {service["pull_policy"] for service in ours.values()} == {"build", "never"}
    [superset] = [service for service in services.values() if service["image"] == WITH_SUPERSET]
    assert (superset["pull_policy"], superset["profiles"]) == ("build", ["bi"])
    stages = {ours["lakehouse"]["build"]["target"], superset["build"]["target"]}
    assert set(re.findall(r"^FROM \S+ AS (\w+)$", (FOLDER / "Dockerfile").read_text(), re.MULTILINE)) == stages


def test_every_service_that_stays_has_a_health_check(services):
    waits = [wait for service in services.values() for wait in service.get("depends_on", {}).items()]
    tasks = {name for name, wait in waits if wait["condition"] == "service_completed_successfully"}
    assert tasks == {"initialise"}
    assert {name for name, service in services.items() if not service.get("healthcheck", {}).get("test")} == tasks


def test_what_is_waited_for_is_waited_for_until_it_works(services):
    started_only = {
        (name, needed)
        for name, service in services.items()
        for needed, wait in service.get("depends_on", {}).items()
        if wait["condition"] == "service_started"
    }
    # It only holds an address.
    assert started_only == {("initialise", "lakehouse")}


def test_all_services_of_the_stack_are_there(services, with_s3):
    assert {service.name for service in all_services()} - services.keys() == set()
    for service in all_services():
        command = services[service.name].get("command", [])
        if "serve" in command:
            check = services[service.name]["healthcheck"]["test"]
            assert command == ["python", "-m", "local_stack.container", "serve", service.name]
            assert check == ["CMD", "python", "-m", "local_stack.container", "check", service.name]


def _is_field(variable: str) -> bool:
    fields = Profile.model_fields
    *sections, last = variable.removeprefix("LAKE_").lower().split("__")
    for section in sections:
        kind = fields[section].annotation if section in fields else None
        if not isinstance(kind, type) or not issubclass(kind, BaseModel):
            return False
        fields = kind.model_fields
    return last in fields


def test_every_variable_is_a_field_of_the_profile():
    files = [COMPOSE, *FOLDER.rglob("*.xml"), FOLDER / "Dockerfile"]
    named = {name for path in files for name in re.findall(r"LAKE_[A-Z0-9_]+", path.read_text())}
    assert len(named) > 15
    assert {name for name in named if not _is_field(name)} == set()


def test_no_password_stands_in_a_file(services):
    secret = re.compile(r"PASSWORD|SECRET|TOKEN|(?<!_ID)_KEY$")
    written = {
        (name, variable)
        for name, variable, value in _variables(services)
        if secret.search(variable) and not GIVEN.fullmatch(value)
    }
    assert written == set()
    logins = [value for _, variable, value in _variables(services) if variable.endswith("JAAS_CONFIG")]
    assert len(logins) == 3
    for login in logins:
        assert all(GIVEN.fullmatch(value) for value in re.findall(r'(?:password|user_lake)="([^"]*)"', login))
    for path in FOLDER.rglob("*.xml"):
        for element in ElementTree.parse(path).iter():
            if "password" in element.tag or "secret" in element.tag:
                assert (element.text, list(element.attrib)) == (None, ["from_env"])


def test_lake_compose_env_makes_every_password_that_is_asked_for(with_s3):
    asked = set(re.findall(r"\$\{(LAKE_\w+):\?", COMPOSE.read_text()))
    made = {line.split("=")[0] for line in (with_s3 / "profile.env").read_text().splitlines()}
    assert asked - made == set()
    assert made - asked == {"LAKE_S3__ENABLED", "LAKE_SEARCH__ENABLED"}


def test_every_mounted_file_is_there(services):
    text = yaml.safe_load(COMPOSE.read_text())
    mounts = [mount.split(":") for service in services.values() for mount in service.get("volumes", [])]
    assert {source for source, *_ in mounts if source[0] not in "./"} == text["volumes"].keys()
    files = [(source, mode) for source, _, *mode in mounts if source[0] in "./"]
    assert len(files) == 2
    assert [file for file in files if not (REPOSITORY / file[0]).is_file() or file[1] != ["ro"]] == []


def test_the_image_is_built_from_files_that_are_there_and_gets_no_secret():
    build = yaml.safe_load(COMPOSE.read_text())["services"]["lakehouse"]["build"]
    dockerfile = (REPOSITORY / build["context"] / build["dockerfile"]).read_text()
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", dockerfile, re.MULTILINE) for name in line.split()}
    rules = [line for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    taken = {line.removeprefix("!") for line in rules if line.startswith("!")}
    assert rules[0] == "*"
    assert {name for name in copied | taken if not (REPOSITORY / name).exists()} == set()
    assert {name for name in taken if name.startswith(".")} == set()
    assert "dbt_project/profiles.yml" in rules


def test_containers_find_each_other_by_their_names(services):
    inside = services["spark"]["environment"]
    endpoint = urlsplit(inside["LAKE_S3__ENDPOINT"])
    hosts = [inside["LAKE_POSTGRES__HOST"], inside["LAKE_CLICKHOUSE__HOST"], endpoint.hostname]
    assert hosts == ["postgres", "clickhouse", "s3"]
    assert endpoint.port == S3().port
    bootstrap = inside["LAKE_KAFKA__BOOTSTRAP"]
    assert bootstrap.startswith("kafka:")
    assert services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"].endswith(f",INSIDE://{bootstrap}")


def test_names_that_have_no_variable_are_those_of_the_profile(services):
    config, users = (ElementTree.parse(FOLDER / "clickhouse" / name) for name in ("config.xml", "users.xml"))
    assert config.findtext("http_port") == str(ClickHouse().port)
    assert config.findtext("named_collections/lake/url") == f"http://s3:{S3().port}/{S3().bucket}/"
    assert config.findtext("named_collections/lake/access_key_id") == S3().access_key
    assert {user.tag for user in users.find("users") or []} == {"default", ClickHouse().user, ClickHouse().reader_user}
    environment = {name: service.get("environment", {}) for name, service in services.items()}
    assert environment["postgres"]["POSTGRES_USER"] == Postgres().user
    assert environment["postgres"]["PGPORT"] == Postgres().port
    assert environment["s3"]["AWS_ACCESS_KEY_ID"] == S3().access_key
    assert f'username="{Kafka().user}"' in environment["kafka"]["KAFKA_LISTENER_NAME_CLIENT_PLAIN_SASL_JAAS_CONFIG"]
    assert environment["kafka"]["KAFKA_MESSAGE_MAX_BYTES"] == kafka.MAX_MESSAGE_BYTES


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_our_services_listen_where_the_profile_says(with_s3, monkeypatch, address):
    if address != HOST:
        monkeypatch.setenv("LAKE_LISTEN_ADDRESS", address)
    profile.cache_clear()
    spark.prepare()
    assert f"spark.connect.grpc.binding.address {address}\n" in (with_s3 / "spark/conf/spark-defaults.conf").read_text()
    assert airflow._api()["api"]["host"] == address
    assert f"{address}:{Superset().port}" in superset.service().command()
