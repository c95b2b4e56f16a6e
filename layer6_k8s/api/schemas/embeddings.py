"""The schemas of /v1/embeddings, in OpenAI's format."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from api.schemas.examples import EMBEDDINGS, example
from api.schemas.field_errors import invalid
from api.schemas.numbers import JsonNumber
from api.schemas.text import Text, storable

MAX_INPUTS = 2048
MAX_CHARS = 100_000
TOKEN_IDS = "token ids are not supported; send text (OpenAIEmbeddings of LangChain: `check_embedding_ctx_length=False`)"


def _as_texts(value: object) -> list[str]:
    """The texts of `input`. The error names the one that is wrong by its index."""
    if isinstance(value, str):
        return [_text(value, "")]
    if not isinstance(value, list) or not value:
        raise invalid("must be a string or a list of strings, with at least one")
    if len(value) > MAX_INPUTS:
        raise invalid(f"has {len(value):,} texts; a request may have at most {MAX_INPUTS:,}")
    return [_text(text, f"[{index}]") for index, text in enumerate(value)]


def _text(value: object, at: str) -> str:
    if isinstance(value, int | list) and not isinstance(value, bool):
        raise invalid(TOKEN_IDS, at)
    if not isinstance(value, str):
        raise invalid("must be a string", at)
    if not value:
        raise invalid("is empty; a text must have at least one character", at)
    if len(value) > MAX_CHARS:
        raise invalid(f"has {len(value):,} characters; a text may have at most {MAX_CHARS:,}", at)
    try:
        return storable(value)
    except ValueError as error:
        raise invalid(str(error), at) from error


TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_CHARS}
TEXT_OR_LIST = {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1, "maxItems": MAX_INPUTS}]}


class EmbeddingsRequest(BaseModel):
    input: Annotated[list[str], BeforeValidator(_as_texts), WithJsonSchema(TEXT_OR_LIST)]
    model: Annotated[Text | None, Field(max_length=200, description="The embedding model of this service.")] = None
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: Annotated[int | None, Field(description="Those of the model, if given."), JsonNumber] = None

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": ["a sentence", "another one"]}]})


class EmbeddingResponse(BaseModel):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingUsage(BaseModel):
    prompt_tokens: int
    total_tokens: int


class EmbeddingsResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(EMBEDDINGS))

    object: Literal["list"] = "list"
    data: list[EmbeddingResponse]
    model: str
    usage: EmbeddingUsage
