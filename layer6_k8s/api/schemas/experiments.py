"""The schemas of /experiments."""

import re
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat

from api.schemas.examples import EMBEDDINGS, example
from api.schemas.text import Text
from api.services.experiments.registry import Kind, Version
from api.services.experiments.runs import Data, Measure, NewRun, Result, Run, Setting, Setup

SHA256 = "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea"
SETUP: dict[str, Any] = {
    "version": "5.0.0",
    "settings": {"llm_provider": "extractive", "top_k": 5, "rewrite_questions": True},
    "embedding_space": EMBEDDINGS["model"],
    "prompt": "You are a helpful assistant.",
    "model": "extractive/extractive",
}
RESULT: dict[str, Any] = {"question": "When does the office open?", "scores": {"R@5, hybrid": 1, "refused": 0}}
NEW: dict[str, Any] = {
    **SETUP,
    "commit": "947364f0c2b1",
    "data": {"name": "golden", "sha256": SHA256},
    "metrics": [{"name": "R@5, hybrid", "value": 0.97, "unit": "", "passed": True}],
}
RUN: dict[str, Any] = {
    "id": "b4f0a6c2-5a1e-4c83-9a57-3d1f8e6b7c20",
    "experiment_id": "6e9d3c1b-2f48-4b7a-8c05-9a1e7d4f0b32",
    "experiment": "eval",
    "created_at": "2026-11-28T07:00:00.125Z",
    **NEW,
    "questions": 1,
    "mirrored_as": None,
    "mirror_error": None,
}
EXPERIMENT: dict[str, Any] = {
    "id": RUN["experiment_id"],
    "name": "eval",
    "created_at": RUN["created_at"],
    "runs": 1,
    "last_run_at": RUN["created_at"],
}
VERSION: dict[str, Any] = {
    "kind": "embedding_space",
    "alias": "champion",
    "version": 1,
    "content": SETUP["embedding_space"],
    "sha256": SHA256,
    "run_id": RUN["id"],
    "moved_at": "2026-11-28T07:05:00Z",
    "mirrored": False,
}

SECRET = re.compile(r"(?:key|password|secret|token|credentials?|url|address)$")
MOST_SETTINGS, MOST_METRICS, MOST_RESULTS = 200, 500, 20_000


def no_secret(name: str) -> str:
    """Reject the names of settings whose values are secrets, or addresses that may contain one."""
    if SECRET.search(name.lower()):
        raise ValueError("must not name a secret or an address: leave this setting out")
    return name


Name = Annotated[Text, Field(min_length=1, max_length=200)]
SettingName = Annotated[Name, AfterValidator(no_secret)]
SettingText = Annotated[Text, Field(max_length=2_000)]
SettingValue = bool | Annotated[int, Field(ge=-(2**53), le=2**53)] | FiniteFloat | SettingText | None


class SetupResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(SETUP))

    version: Annotated[str, Field(description="Of the layer.")]
    settings: Annotated[dict[str, Setting], Field(description="Without secrets, addresses and paths.")]
    embedding_space: str | None
    prompt: Annotated[str | None, Field(description="The system message for the model.")]
    model: Annotated[str | None, Field(description="Provider and name of the default model.")]


class MeasureBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: Name
    value: FiniteFloat
    unit: Annotated[Text, Field(max_length=50)] = ""
    passed: Annotated[bool | None, Field(description="Whether it met its target; null without one.")] = None


class DataBody(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: Name
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the questions and the documents.")]


class ResultBody(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(RESULT))

    question: Annotated[Text, Field(min_length=1, max_length=8_000)]
    scores: Annotated[dict[Name, FiniteFloat], Field(max_length=100, description="Higher is better.")]


class NewRunRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=example(NEW | {"results": [RESULT]}))

    version: Annotated[Name, Field(description="Of the layer that was measured.")]
    commit: Annotated[Name | None, Field(description="Of its repository.")] = None
    settings: Annotated[dict[SettingName, SettingValue], Field(max_length=MOST_SETTINGS)] = {}
    embedding_space: Name | None = None
    prompt: Annotated[Text | None, Field(max_length=50_000)] = None
    model: Name | None = None
    data: DataBody | None = None
    metrics: Annotated[list[MeasureBody], Field(min_length=1, max_length=MOST_METRICS)]
    results: Annotated[list[ResultBody], Field(max_length=MOST_RESULTS, description="One per question.")] = []

    def run(self) -> NewRun:
        return NewRun(
            setup=Setup(self.version, self.settings, self.embedding_space, self.prompt, self.model),
            commit=self.commit,
            data=Data(self.data.name, self.data.sha256) if self.data else None,
            metrics=[Measure(**each.model_dump()) for each in self.metrics],
            results=[Result(each.question, each.scores) for each in self.results],
        )


class RunResponse(SetupResponse):
    model_config = ConfigDict(json_schema_extra=example(RUN))

    id: UUID
    experiment_id: UUID
    experiment: str
    created_at: datetime
    commit: str | None
    data: DataBody | None
    metrics: list[MeasureBody]
    questions: Annotated[int, Field(description="How many results it has.")]
    mirrored_as: Annotated[str | None, Field(description="Its id in MLflow, once it is there.")]
    mirror_error: Annotated[str | None, Field(description="Why MLflow refused it.")]

    @classmethod
    def of(cls, run: Run) -> "RunResponse":
        return cls(
            **SetupResponse.model_validate(run.setup).model_dump(),
            id=run.id,
            experiment_id=run.experiment_id,
            experiment=run.experiment,
            created_at=run.created_at,
            commit=run.commit,
            data=DataBody.model_validate(run.data) if run.data else None,
            metrics=[MeasureBody.model_validate(each) for each in run.metrics],
            questions=run.questions,
            mirrored_as=run.mirrored_as,
            mirror_error=run.mirror_error,
        )


class RunList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"runs": [RUN], "next_cursor": None}))

    runs: list[RunResponse]
    next_cursor: str | None


class ResultList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"results": [RESULT], "next_cursor": None}))

    results: list[ResultBody]
    next_cursor: str | None


class ExperimentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(EXPERIMENT))

    id: UUID
    name: str
    created_at: datetime
    runs: Annotated[int, Field(description="How many it has.")]
    last_run_at: datetime | None


class ExperimentList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"experiments": [EXPERIMENT], "next_cursor": None}))

    experiments: list[ExperimentResponse]
    next_cursor: str | None


class VersionResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(VERSION))

    kind: Kind
    alias: str
    version: int
    content: Annotated[str, Field(description="The name of the embedding space, or the words of the prompt.")]
    sha256: str
    run_id: Annotated[UUID, Field(description="The run that earned it the alias.")]
    moved_at: datetime
    mirrored: Annotated[bool, Field(description="Whether MLflow has it.")]


class RegistryResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"versions": [VERSION]}))

    versions: list[VersionResponse]

    @classmethod
    def of(cls, versions: "list[Version]") -> "RegistryResponse":
        return cls(versions=[VersionResponse.model_validate(version) for version in versions])
