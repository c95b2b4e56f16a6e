"""Each day at 02:00 UTC: compare the sources with the library."""

import pendulum
from airflow.sdk import PokeReturnValue, dag, task
from mystack_calls import Answer, ended, judge_run, start_run


@dag(
    schedule="0 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args={"retries": 3, "retry_delay": pendulum.duration(minutes=1)},
    tags=["mystack"],
)
def daily_document_ingestion() -> None:
    @task
    def start(run_id: str | None = None) -> str:
        return start_run("/sources/sync", f"airflow-daily_document_ingestion-{run_id}")

    @task.sensor(poke_interval=10, timeout=6 * 3600, mode="reschedule")
    def finished(location: str) -> PokeReturnValue:
        answer = ended(location)
        return PokeReturnValue(answer is not None, answer)

    @task(retries=0)
    def judge(answer: Answer) -> str:
        return judge_run(answer)

    judge(finished(start()))


daily_document_ingestion()
