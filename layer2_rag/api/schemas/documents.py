"""The schemas of /documents."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, Json
from pydantic_core import CoreSchema

from api.schemas import examples
from api.schemas.examples import example
from api.schemas.search import Scalar
from api.schemas.text import Text
from api.services.documents.store import DocumentStatus

MetadataObject = Annotated[dict[Annotated[Text, Field(max_length=200)], Scalar], Field(max_length=50)]
MetadataJson = Annotated[Json[MetadataObject], Field(description="A flat JSON object, for `filters`.")]


class InForm:
    """Describes an optional form field. Forms have no null, so the field is left out or empty.

    Empty comes first because Postman fills forms with the first option.
    """

    def __get_pydantic_json_schema__(self, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        *options, _null = handler(core_schema)["anyOf"]
        return {"anyOf": [{"const": ""}, *options]}


class DocumentResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True, json_schema_extra=example(examples.DOCUMENT))

    id: UUID
    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    status: DocumentStatus
    pages: int | None
    chunks: int
    created_at: datetime
    metadata: MetadataObject
    warnings: Annotated[list[str], Field(description="What was left out or may be wrong, each a sentence.")]
    outdated: Annotated[
        bool,
        Field(
            description="Whether an earlier parser read it. Upload the file again with `replaces` to have it read anew."
        ),
    ]


class UploadResponse(DocumentResponse):
    model_config = ConfigDict(json_schema_extra=example(examples.UPLOADED))

    duplicate: Annotated[bool, Field(description="Whether the same bytes were stored already, as this document.")] = (
        False
    )

    @property
    def http_status(self) -> int:
        """201, or 200 if nothing new was stored."""
        return 200 if self.duplicate else 201


UPLOADED: dict[int | str, dict[str, Any]] = {
    200: {"model": UploadResponse, "description": "The same bytes were stored already, and this is that document."},
}
"""The answers to an upload beside 201 and errors."""


class DocumentList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"documents": [examples.DOCUMENT], "next_cursor": None}))

    documents: list[DocumentResponse]
    next_cursor: str | None


class GuidesResponse(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"documents": [examples.UPLOADED]}))

    documents: list[UploadResponse]


class ChunkResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    index: int
    page: int | None
    start: int
    end: int
    text: str


class ChunkList(BaseModel):
    model_config = ConfigDict(json_schema_extra=example({"chunks": [examples.CHUNK], "next_cursor": None}))

    chunks: list[ChunkResponse]
    next_cursor: str | None


class HeadingResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    start: int
    end: int
    level: Annotated[int, Field(description="1 for the outermost.")]


class TableResponse(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    start: int
    end: int
    headers: Annotated[int, Field(description="How many of its rows, at the top, name the columns.")]


class SpanResponse(BaseModel):
    start: int
    end: int


class DocumentText(BaseModel):
    model_config = ConfigDict(json_schema_extra=example(examples.TEXT))

    document_id: UUID
    start: int
    end: int
    length: Annotated[int, Field(description="Characters of the whole text.")]
    text: str
    headings: Annotated[list[HeadingResponse], Field(description="The headings that are in this part.")]
    tables: Annotated[
        list[TableResponse],
        Field(description="The tables that are in this part: a row on each line, cells separated by ` | `."),
    ]
    recognised: Annotated[
        list[SpanResponse],
        Field(description="What of this part OCR recognised: its letters and numbers may be wrong."),
    ]
