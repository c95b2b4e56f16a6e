"""Request and response of /search."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StrictFloat, StrictInt

from api.schemas.examples import HIT, example
from api.schemas.numbers import JsonNumber
from api.schemas.text import Text, storable


def _no_integer(value: object) -> object:
    """Pydantic would accept a whole number of any size as a float and lose its last digits."""
    if isinstance(value, int):
        raise ValueError("a whole number must fit into 64 bits")
    return value


# Strict, because `true`, `1` and "1" are three values of a metadata field.
Integer = Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)]
Number = Annotated[StrictFloat, Field(allow_inf_nan=False), BeforeValidator(_no_integer)]
Scalar = Annotated[Text, Field(max_length=1000)] | StrictBool | Integer | Number
FiltersJson = Annotated[
    dict[Annotated[Text, Field(max_length=200)], Scalar | Annotated[list[Scalar], Field(max_length=100)]],
    Field(max_length=20, description="Metadata fields, each with the value, or the list of values, that it may have."),
]
DocumentIds = Annotated[list[UUID], Field(max_length=1000, description="Search these documents only.")]


class SearchRequest(BaseModel):
    query: Annotated[str, Field(min_length=1, max_length=8000), AfterValidator(storable)]
    top_k: Annotated[int, Field(ge=1, le=50, description="Maximum number of hits."), JsonNumber] = 5
    mode: Annotated[
        Literal["hybrid", "dense", "sparse"],
        Field(description="By meaning and words (`hybrid`), by meaning alone (`dense`), by words alone (`sparse`)."),
    ] = "hybrid"
    filters: FiltersJson | None = None
    document_ids: DocumentIds | None = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"query": "How are citations checked?", "top_k": 3}]})


class AboveResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    titles: Annotated[str, Field(description="The titles above the chunk, outermost first, joined by ` > `.")]
    caption: Annotated[str, Field(description="The line right above the table whose rows the chunk holds.")]
    header: Annotated[str, Field(description="The rows that name the columns of that table, each on a line.")]


class HitResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    document_id: UUID
    filename: str
    chunk_id: UUID
    page: int | None
    start: int
    end: int
    text: str
    above: Annotated[AboveResponse, Field(description="What was embedded and indexed with the text; empty if nothing.")]
    score: Annotated[float, Field(description="Orders the hits of one search.")]
    dense_score: Annotated[
        float | None,
        Field(description="Nearness in meaning: the cosine of question and chunk; null in a search by words alone."),
    ]
    sparse_score: Annotated[
        float | None,
        Field(description="Weight of the shared words: BM25, 0 without any; null in a search by meaning alone."),
    ]


class SearchLatency(BaseModel):
    embed: float
    search: float
    total: float
    cached: Annotated[bool, Field(description="The vector of the question was kept from an earlier request.")]


class SearchResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra=example(
            {"hits": [HIT], "latency_ms": {"embed": 2.1, "search": 3.4, "total": 5.5, "cached": False}}
        )
    )

    hits: list[HitResponse]
    latency_ms: SearchLatency
