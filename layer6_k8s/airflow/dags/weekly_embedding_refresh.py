"""An Airflow DAG, on Sundays at 03:00 UTC: embed what has no vector in the active embedding space."""

from mystack_runs import regular

regular("weekly_embedding_refresh", schedule="0 3 * * 0", path="/jobs/refresh-embeddings")
