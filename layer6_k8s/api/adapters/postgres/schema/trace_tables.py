"""The column of jobs that this layer adds: a new table class would change the earlier layer's."""

from sqlalchemy import CheckConstraint, Column, Text

from api.adapters.postgres.schema.job_tables import JobRow

jobs = JobRow.metadata.tables["jobs"]
jobs.append_column(Column("traceparent", Text, nullable=True))
"""The trace of the request that started the job, in the form of W3C Trace Context."""
jobs.append_constraint(
    CheckConstraint("traceparent ~ '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$'", name="traceparent")
)
