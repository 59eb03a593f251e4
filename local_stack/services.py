"""The services of the stack, in an order in which each comes after what it needs."""

from collections.abc import Iterable

from local_stack import airflow, kafka, postgres, spark
from local_stack.service import Service, StackError


def all_services() -> list[Service]:
    return [postgres.service(), kafka.service(), spark.service(), *airflow.services()]


def select(names: Iterable[str]) -> list[Service]:
    """The named services and what they need; without names, all.

    Raises StackError: no service has that name.
    """
    known = {service.name: service for service in all_services()}
    wanted = set(names) or set(known)
    if unknown := sorted(wanted - known.keys()):
        raise StackError(f"There is no service {', '.join(unknown)}; the services are {', '.join(known)}.")
    for service in reversed(known.values()):
        if service.name in wanted:
            wanted.update(service.needs)
    return [service for name, service in known.items() if name in wanted]
