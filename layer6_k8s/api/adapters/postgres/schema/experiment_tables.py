"""The tables of the runs of evaluations and benchmarks, and of the registry.

    experiments 1──n runs 1──n run_results          one row per question
                      │ 1
                      └──n registry_versions 1──n registry_aliases

A registered version names the run that measured it, and an alias such as `champion` names one version of a kind.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from api.adapters.postgres.schema.document_tables import Row

NOW = text("now()")


class ExperimentRow(Row, table=True):
    """A name under which runs can be compared."""

    __tablename__ = "experiments"
    __table_args__ = (
        UniqueConstraint("name"),
        CheckConstraint("name ~ '^[a-z0-9][a-z0-9._-]{0,99}$'", name="name"),
        Index("experiments_created_at_id_idx", text("created_at DESC"), text("id DESC")),
    )

    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class RunRow(Row, table=True):
    """One run: what was measured, on which data, and the metrics. It never changes, but for its mirror."""

    __tablename__ = "runs"
    __table_args__ = (
        CheckConstraint("(data_name IS NULL) = (data_sha256 IS NULL)", name="data"),
        CheckConstraint("data_sha256 ~ '^[0-9a-f]{64}$'", name="data_sha256"),
        CheckConstraint("questions >= 0", name="questions"),
        Index("runs_experiment_id_created_at_id_idx", "experiment_id", text("created_at DESC"), text("id DESC")),
        Index(
            "runs_mirror_after_idx",
            "mirror_after",
            postgresql_where=text("mirrored_as IS NULL AND mirror_error IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    experiment_id: UUID = Field(sa_column=Column(ForeignKey("experiments.id"), nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    version: str = Field(sa_type=Text)
    """Of the layer that was measured."""
    code_commit: str | None = Field(sa_type=Text)
    settings: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    embedding_space: str | None = Field(sa_type=Text)
    prompt: str | None = Field(sa_type=Text)
    model: str | None = Field(sa_type=Text)
    data_name: str | None = Field(sa_type=Text)
    data_sha256: str | None = Field(sa_type=Text)
    metrics: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    questions: int
    mirror_after: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    """Not mirrored before: a lease, and the pause after an error."""
    mirrored_as: str | None = Field(sa_type=Text)
    """The id of the run in MLflow."""
    mirror_error: str | None = Field(sa_type=Text)
    """Why MLflow refused the run, which is then not tried again."""


class RunResultRow(Row, table=True):
    """The scores of one question in one run."""

    __tablename__ = "run_results"
    __table_args__ = (
        PrimaryKeyConstraint("run_id", "index"),
        CheckConstraint("index >= 0", name="index"),
    )

    run_id: UUID = Field(sa_column=Column(ForeignKey("runs.id", ondelete="CASCADE"), nullable=False))
    index: int = Field(sa_column=Column(Integer, nullable=False, autoincrement=False))
    question: str = Field(sa_type=Text)
    scores: dict[str, float] = Field(sa_column=Column(JSON, nullable=False))


class RegistryVersionRow(Row, table=True):
    """Something that answers depend on, with the run that measured it first."""

    __tablename__ = "registry_versions"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "version"),
        UniqueConstraint("kind", "sha256"),
        CheckConstraint("kind IN ('embedding_space', 'prompt')", name="kind"),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
    )

    kind: str = Field(sa_column=Column(Text, nullable=False))
    version: int = Field(sa_column=Column(Integer, nullable=False, autoincrement=False))
    content: str = Field(sa_type=Text)
    """The name of the embedding space, or the words of the prompt."""
    sha256: str = Field(sa_type=Text)
    run_id: UUID = Field(sa_column=Column(ForeignKey("runs.id"), nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))


class RegistryAliasRow(Row, table=True):
    """A name for a version of a kind, such as `champion`, and the run that earned it."""

    __tablename__ = "registry_aliases"
    __table_args__ = (
        PrimaryKeyConstraint("kind", "alias"),
        ForeignKeyConstraint(["kind", "version"], ["registry_versions.kind", "registry_versions.version"]),
    )

    kind: str = Field(sa_column=Column(Text, nullable=False))
    alias: str = Field(sa_column=Column(Text, nullable=False))
    version: int
    run_id: UUID = Field(sa_column=Column(ForeignKey("runs.id"), nullable=False))
    moved_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False, server_default=NOW))
    mirrored_at: datetime | None = Field(sa_column=Column(DateTime(timezone=True)))
