"""The schemas of /v1/embeddings, in OpenAI's format."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.schemas.examples import EMBEDDINGS, example
from api.schemas.numbers import JsonNumber
from api.schemas.text import Text, storable

Input = Annotated[str, Field(min_length=1, max_length=100_000), AfterValidator(storable)]


class EmbeddingsRequest(BaseModel):
    input: Input | Annotated[list[Input], Field(min_length=1, max_length=256)]
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
