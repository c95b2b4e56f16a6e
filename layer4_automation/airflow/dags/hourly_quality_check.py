"""Each hour: check the data, and fail if something is left that a person has to do."""

import pendulum
from airflow.sdk import PokeReturnValue, dag, task
from mystack_calls import Answer, ended, judge_quality, judge_run, start_run


@dag(
    schedule="@hourly",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=1)},
    tags=["mystack"],
)
def hourly_quality_check() -> None:
    @task
    def start(run_id: str | None = None) -> str:
        return start_run("/jobs/check-quality", f"airflow-hourly_quality_check-{run_id}")

    @task.sensor(poke_interval=10, timeout=6 * 3600, mode="reschedule")
    def finished(location: str) -> PokeReturnValue:
        answer = ended(location)
        return PokeReturnValue(answer is not None, answer)

    @task(retries=0)
    def judge(answer: Answer) -> str:
        judge_run(answer)
        return judge_quality()

    judge(finished(start()))


hourly_quality_check()
