"""The schemas of exporting and importing tenants."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.examples import example
from api.schemas.jobs import JobResponse
from api.schemas.tenants import TENANT, TenantResponse

COUNTS = {"documents": 12, "chunks": 340, "files": 12, "conversations": 5, "messages": 20}


class ImportResponse(BaseModel):
    model_config = ConfigDict(
        json_schema_extra=example({"tenant": TENANT, "counts": COUNTS, "embedded": True, "job": None})
    )

    tenant: Annotated[TenantResponse, Field(description="The new tenant. It has no key yet.")]
    counts: Annotated[dict[str, int], Field(description="What the archive held: rows by table.")]
    embedded: Annotated[bool, Field(description="Whether the vectors were kept: they are of this service's model.")]
    job: Annotated[
        JobResponse | None, Field(description="The job that computes the vectors anew, if they were not kept.")
    ]
