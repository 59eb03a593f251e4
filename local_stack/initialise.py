"""What the lake needs inside services that somebody else runs: databases and roles, topics, bucket, Airflow's schema.

It is what `lake up` does to services of its own: each is asked until it answers, then gets what it lacks. So it may
run again at any time.
"""

from collections.abc import Callable

from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from lake_layout.profile import profile
from local_stack import airflow, clickhouse, kafka, postgres, s3, supervisor
from local_stack.service import NotReady, Service, StackError


def initialise(tell: Callable[[str], None]) -> None:
    """Give every service what it lacks.

    Raises StackError: a service does not answer.
    """
    on_s3 = [s3.service()] if profile().lake.is_on_s3 else []
    for service in (*on_s3, postgres.service(), kafka.service(), clickhouse.service()):
        _wait_until_ready(service)
        service.initialise()
        tell(f"{service.name} has what it needs")
    supervisor.make_folders()
    airflow.prepare()
    tell("airflow has what it needs")


def _wait_until_ready(service: Service) -> None:
    limit = profile().timeouts.service_ready
    retrying = Retrying(
        retry=retry_if_exception_type(NotReady), stop=stop_after_delay(limit), wait=wait_fixed(0.5), reraise=True
    )
    try:
        retrying(service.check)
    except NotReady as error:
        raise StackError(f"{service.name} did not answer for {limit} s: {error}") from error
