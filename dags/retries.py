"""What a failed job means for its task: exit code → exception → retry later, once, or never."""

from datetime import timedelta

from airflow.sdk import RetryDecision, RetryPolicy
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from lake_layout.profile import profile

HALTED, WRONG_USAGE, SERVICE_AWAY, SKIPPED = 3, 2, 75, 99
RETRIES = 4
FIRST_DELAY = timedelta(seconds=profile().timeouts.retry_delay)


class ServiceAway(AirflowException):
    """A service did not answer; the same command may succeed later."""


class JobFailed(AirflowException):
    """The job ended in an error of its own, or was killed."""


def failure(exit_code: int) -> AirflowException | None:
    """The exception an exit code stands for; None for success. A halted job is never tried again."""
    if exit_code == 0:
        return None
    if exit_code == HALTED:
        return AirflowFailException("The job halted: what it found needs a person. The lines above say what and why.")
    if exit_code == WRONG_USAGE:
        return AirflowFailException("The job does not know this command line; trying again cannot help.")
    if exit_code == SERVICE_AWAY:
        return ServiceAway("A service did not answer; `lake status` tells which.")
    return JobFailed(f"The job ended with exit code {exit_code}; the lines above say why.")


class NotWhereTasksFailed(RetryPolicy):
    """For a task that has another DAG run: what failed there had its tries, and what halted there must not have one."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: object = None
    ) -> RetryDecision:
        if "failed with failed states" in str(exception):
            return RetryDecision.fail(reason="the run that it began failed, after the tries of its own tasks")
        return ByKindOfError().evaluate(exception, try_number, max_tries, context)


class ByKindOfError(RetryPolicy):
    """Waits longer and longer for a service that is away; gives anything else one more try."""

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: object = None
    ) -> RetryDecision:
        if isinstance(exception, ServiceAway):
            return RetryDecision.retry(delay=FIRST_DELAY * 2 ** (try_number - 1), reason="a service was away")
        if try_number > 1:
            return RetryDecision.fail(reason="failed again, so it is not passing")
        return RetryDecision.retry(delay=FIRST_DELAY, reason="one more try, in case it was passing")
