"""The Airflow DAG of a regular job: start it, wait for its end, and judge how it went."""

from collections.abc import Callable

import pendulum
from airflow.sdk import PokeReturnValue, dag, task
from mystack_calls import Answer, ended, judge_run, start_run


def regular(name: str, *, schedule: str, path: str, judged: Callable[[Answer], str] = judge_run) -> None:
    """Make the DAG `name`, which posts to `path`. `judged` raises if a run did not go well. The times are in UTC."""

    @dag(
        dag_id=name,
        schedule=schedule,
        start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
        catchup=False,
        max_active_runs=1,
        default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=1)},
        tags=["mystack"],
    )
    def runs() -> None:
        @task
        def start(run_id: str | None = None) -> str:
            return start_run(path, f"airflow-{name}-{run_id}")

        @task.sensor(poke_interval=10, timeout=6 * 3600, mode="reschedule")
        def finished(location: str) -> PokeReturnValue:
            answer = ended(location)
            return PokeReturnValue(answer is not None, answer)

        @task(retries=0)
        def judge(answer: Answer) -> str:
            return judged(answer)

        judge(finished(start()))

    runs()
