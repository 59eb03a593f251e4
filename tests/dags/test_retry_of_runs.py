"""A run that another DAG began and that failed is not begun again; what merely broke on the way to it is."""

from datetime import timedelta

import pytest
from airflow.providers.standard.operators import trigger_dagrun
from airflow.sdk.exceptions import AirflowException

from dags.retries import NotWhereTasksFailed, ServiceAway


def decision(error: Exception, try_number: int = 1) -> str:
    return str(NotWhereTasksFailed().evaluate(error, try_number, 4).action.name).lower()


def test_what_the_operator_says_of_a_failed_run_is_not_tried_again():
    operator = trigger_dagrun.TriggerDagRunOperator(
        task_id="release", trigger_dag_id="daily_etl", poke_interval=1, deferrable=True, wait_for_completion=True
    )
    event = ("airflow.providers.standard.triggers.external_task.DagStateTrigger", {"run_ids": ["a"], "a": "failed"})
    with pytest.raises(AirflowException) as failed:
        operator.execute_complete({}, event)
    assert decision(failed.value) == "fail"


def test_anything_else_is_tried_as_elsewhere():
    assert decision(AirflowException("the scheduler was away")) == "retry"
    assert decision(AirflowException("the scheduler was away"), try_number=2) == "fail"
    away = NotWhereTasksFailed().evaluate(ServiceAway("away"), 3, 4)
    assert away.retry_delay > timedelta(seconds=60)
