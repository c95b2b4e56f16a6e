"""How a model generates, in the terms of OpenAI's protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Options:
    """None: the model's default. `tools`, `tool_choice` and `response_format` are OpenAI's JSON."""

    stop: tuple[str, ...] | None = None
    top_p: float | None = None
    seed: int | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    tools: tuple[Json, ...] | None = None
    tool_choice: str | Json | None = None
    parallel_tool_calls: bool | None = None
    response_format: Json | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The options that are not left to the model."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}

    @property
    def wants_json(self) -> bool:
        """Whether the answer must be JSON."""
        return (self.response_format or {}).get("type") in ("json_object", "json_schema")

    @property
    def demands_tool(self) -> bool:
        """Whether the answer must be a tool call; otherwise the model may answer without its tools."""
        return self.tool_choice not in (None, "auto", "none")

    @property
    def needs_model(self) -> bool:
        """Whether the answer must be written by a model: quotes are neither JSON nor a tool call."""
        return self.wants_json or self.demands_tool

    @property
    def offers_tools(self) -> bool:
        """Whether the model may call a tool."""
        return bool(self.tools) and self.tool_choice != "none"

    def without_tools(self) -> "Options":
        return replace(self, tools=None, tool_choice=None, parallel_tool_calls=None)


DEFAULTS = Options()
