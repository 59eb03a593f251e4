"""One service of ours in a container of its own, configured as it is under the supervisor.

profile (the container's variables) → the service's `prepare` → this process becomes the service. In the same
container: `python -m local_stack.container serve spark`, and `… check spark` for Docker's health check.
"""

import fcntl
import os
import sys
from functools import partial

from lake_layout.profile import profile
from local_stack import airflow, supervisor
from local_stack.service import NotReady, StackError
from local_stack.services import named


def serve(name: str) -> None:
    """Prepare the service and become it.

    Containers share a home, so they prepare one after the other.
    """
    [service] = named([name])
    supervisor.make_folders()
    with (profile().home / "prepare.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        service.prepare()
    os.chdir(supervisor.working_folder())
    command = service.command()
    os.execvpe(command[0], command, {**os.environ, **supervisor.environment_of(service)})


def check(name: str) -> None:
    """Raises NotReady: the service does not answer as it should."""
    [service] = named([name])
    # The supervisor's check of Airflow also asks when the supervisor started it.
    healthy = partial(airflow.check_health, name) if name.startswith("airflow-") else service.check
    healthy()


if __name__ == "__main__":
    try:
        {"serve": serve, "check": check}[sys.argv[1]](sys.argv[2])
    except (NotReady, StackError) as error:
        sys.exit(f"{sys.argv[2]}: {error}")
