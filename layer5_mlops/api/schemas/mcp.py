"""Arguments and results of the MCP tools."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, PlainValidator, WithJsonSchema

from api.schemas.search import FiltersJson
from api.schemas.text import storable

PASSAGE = re.compile(r"(?P<document>[0-9a-fA-F-]{36})(:(?P<start>\d{1,10})-(?P<end>\d{1,10}))?")


@dataclass(frozen=True)
class PassageId:
    """`DOCUMENT:START-END`, or `DOCUMENT` alone, whose offsets are 0: one id opens a document where it matters."""

    document: UUID
    start: int = 0
    end: int = 0

    @classmethod
    def parse(cls, text: object) -> "PassageId":
        """Raises `ValueError`."""
        match = PASSAGE.fullmatch(str(text))
        try:
            if match:
                return cls(UUID(match["document"]), int(match["start"] or 0), int(match["end"] or 0))
        except ValueError:
            pass
        raise ValueError("must be an id that search or list_documents returned")

    def __str__(self) -> str:
        return f"{self.document}:{self.start}-{self.end}" if self.end else str(self.document)


def _described(type: str, description: str, **more: Any) -> WithJsonSchema:
    """A schema in few words: a small model has to read it."""
    return WithJsonSchema({"type": type, "description": description, **more})


Id = Annotated[
    PassageId,
    PlainValidator(PassageId.parse),
    _described("string", "An id that search or list_documents returned."),
]
Question = Annotated[
    str,
    Field(min_length=1, max_length=8000, description="A complete question in plain language."),
    AfterValidator(storable),
]
TopK = Annotated[int, Field(ge=1, le=50, description="Maximum number of passages.")]
Filters = Annotated[
    FiltersJson,
    Field(description='Metadata that the documents must have, such as {"team": "support"}.'),
    WithJsonSchema({"type": "object"}),
]
Ids = Annotated[list[Id], Field(max_length=1000, description="Use these documents only.")]


class SearchArguments(BaseModel):
    query: Question
    top_k: TopK = 5
    filters: Filters = {}
    document_ids: Ids = []


class FetchArguments(BaseModel):
    id: Id
    start: Annotated[
        int | None,
        Field(ge=0, le=2**31),
        _described("integer", "To read on: `next_start` of the part before.", minimum=0),
    ] = None


class AskArguments(BaseModel):
    question: Question
    top_k: TopK = 5
    filters: Filters = {}
    document_ids: Ids = []


class ListArguments(BaseModel):
    cursor: Annotated[str | None, Field(max_length=500), _described("string", "`next_cursor` of the page before.")] = (
        None
    )


class PassageResult(BaseModel):
    id: str
    title: str
    url: str
    text: str


class SearchResult(BaseModel):
    results: list[PassageResult]


class FetchResult(PassageResult):
    metadata: Annotated[
        dict[str, Any],
        Field(description="`start`, `end` and `length` in characters; `next_start` where the text continues, or null."),
    ]


class ClaimResult(BaseModel):
    text: str
    support: Literal["supported", "unsupported", "unknown"]
    sources: Annotated[list[int], Field(description="Markers of the sources that support it.")]


class SourceResult(BaseModel):
    marker: Annotated[int, Field(description="The answer cites it as `[marker]`.")]
    id: str
    title: str
    url: str
    quote: str


class AskResult(BaseModel):
    answer: str
    grounded: Annotated[bool, Field(description="The sources support the answer, and no sentence is unsupported.")]
    claims: Annotated[list[ClaimResult], Field(description="The sentences of the answer.")]
    sources: list[SourceResult]
    refusal: Annotated[str | None, Field(description="Why there is no answer.")]
    nearest: Annotated[
        list[SourceResult], Field(description="With a refusal: passages near the question, which do not answer it.")
    ]
    notice: Annotated[str | None, Field(description="How the answer came about, for the user.")]


class DocumentResult(BaseModel):
    id: str
    title: str
    url: str
    pages: int | None
    created_at: str
    metadata: dict[str, Any]


class ListResult(BaseModel):
    documents: list[DocumentResult]
    next_cursor: str | None


def schema_of(shape: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of arguments or of a result, in one piece and without the titles that Pydantic adds."""
    schema = shape.model_json_schema(mode="validation")
    shortened: dict[str, Any] = _shortened(schema, schema.pop("$defs", {}))
    return shortened


def _shortened(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_shortened(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _shortened(definitions[part["$ref"].rpartition("/")[2]], definitions)
    named = {key: value for key, value in part.items() if not (key == "title" and isinstance(value, str))}
    return {key: _shortened(value, definitions) for key, value in named.items() if (key, value) != ("default", None)}
