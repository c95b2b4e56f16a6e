"""Indexes for what is read from the table of jobs every few seconds, however many jobs are done."""

from sqlalchemy import Index, text
from sqlmodel import col

from api.adapters.postgres.schema.job_tables import JobRow

Index("jobs_finished_at_idx", col(JobRow.finished_at), postgresql_where=text("finished_at IS NOT NULL"))
Index("jobs_failed_idx", col(JobRow.kind), postgresql_where=text("state = 'failed'"))
