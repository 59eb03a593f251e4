"""The services of the stack, in an order in which each comes after what it needs."""

from collections.abc import Iterable

from lake_layout.profile import profile
from local_stack import airflow, clickhouse, kafka, postgres, s3, spark, spark_cluster
from local_stack.search import service as search
from local_stack.service import Service, StackError
from local_stack.superset import service as superset


def all_services() -> list[Service]:
    first = [s3.service()] if profile().s3.enabled else []
    words = [search.service()] if profile().search.enabled else []
    screens = [superset.service()] if profile().superset.enabled else []
    sparks = [*spark_cluster.services(), spark.service()]
    stores = [postgres.service(), kafka.service(), *sparks, clickhouse.service(), *words]
    return [*first, *stores, *airflow.services(), *screens]


def named(names: Iterable[str]) -> list[Service]:
    """The named services, `airflow` meaning all its programs; without names, all.

    Raises StackError: no service has that name.
    """
    services = all_services()
    wanted = set(names)
    known = {service.name for service in services} | {service.name.split("-")[0] for service in services}
    if unknown := sorted(wanted - known):
        raise StackError(f"There is no service {', '.join(unknown)}; the services are {', '.join(sorted(known))}.")
    return [service for service in services if not wanted or wanted & {service.name, service.name.split("-")[0]}]


def with_needs(services: Iterable[Service]) -> list[Service]:
    """The services and all that they need, each after what it needs."""
    everything = all_services()
    wanted = {service.name for service in services}
    for service in reversed(everything):
        if service.name in wanted:
            wanted.update(service.needs)
    return [service for service in everything if service.name in wanted]


def stop_order(services: Iterable[Service]) -> list[set[str]]:
    """Names in ranks: Airflow, whose tasks use all the others; what nothing needs; what others need."""
    names = {service.name for service in services}
    airflows = {name for name in names if name.startswith("airflow-")}
    needed = {need for service in all_services() for need in service.needs} & names
    return [airflows, names - airflows - needed, needed]
