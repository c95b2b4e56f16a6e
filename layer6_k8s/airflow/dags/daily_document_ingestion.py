"""An Airflow DAG, each day at 02:00 UTC: compare the sources with the library."""

from mystack_runs import regular

regular("daily_document_ingestion", schedule="0 2 * * *", path="/sources/sync")
