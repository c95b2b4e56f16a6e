"""An Airflow DAG, each hour: check the data, and fail if something is left that a person has to do."""

from mystack_calls import Answer, judge_quality, judge_run
from mystack_runs import regular


def judged(answer: Answer) -> str:
    judge_run(answer)
    return judge_quality()


regular("hourly_quality_check", schedule="@hourly", path="/jobs/check-quality", judged=judged)
