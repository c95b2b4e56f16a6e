"""Tenants and their keys, for the operator."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic.json_schema import SkipJsonSchema

from api.routes.cursors import Limit
from api.schemas.problem import problems
from api.schemas.tenants import (
    KEY_ID,
    TENANT_ID,
    AuditEntry,
    AuditList,
    KeyList,
    KeyResponse,
    MadeKeyResponse,
    NewKeyRequest,
    NewTenantRequest,
    TenantChangeRequest,
    TenantList,
    TenantResponse,
)
from api.services.serving.authentication import Caller
from api.services.tenants.admin import TenantAdmin

OPERATOR = HTTPBearer(scheme_name="admin_key", description="ADMIN_KEY, which no tenant has.", auto_error=False)
"""For the OpenAPI document: the caller was checked before."""
router = APIRouter(prefix="/admin", tags=["tenants"], dependencies=[Security(OPERATOR)])

TenantId = Annotated[UUID, Path(description="The id of a tenant.", examples=[TENANT_ID])]
KeyId = Annotated[str, Path(description="The id of a key.", examples=[KEY_ID], max_length=12, pattern="^[a-z0-9]+$")]
NO_STORE = {"Cache-Control": "no-store"}
"""The answer holds a secret."""


@router.post("/tenants", status_code=201, summary="Add a tenant", responses=problems(409, 503))
async def add_tenant(request: Request, response: Response, body: NewTenantRequest) -> TenantResponse:
    """It can do nothing before it has a key, or a token names it."""
    account = await _service(request).add(body.name, body.chosen(), _actor(request))
    response.headers["Location"] = f"/admin/tenants/{account.tenant.id}"
    return TenantResponse.of(account)


@router.get("/tenants", summary="The tenants, by name", responses=problems(422, 503, body=False))
async def list_tenants(
    request: Request,
    limit: Limit = 50,
    cursor: Annotated[str, Query(description="`next_cursor` of the page before.", max_length=63)] = "",
) -> TenantList:
    """Pass `next_cursor` as `cursor` to get the next page; it is null on the last page."""
    accounts = await _service(request).page(limit + 1, cursor)
    page = accounts[:limit]
    return TenantList(
        tenants=[TenantResponse.of(account) for account in page],
        next_cursor=page[-1].tenant.name if len(accounts) > limit else None,
    )


@router.get("/tenants/{tenant_id:uuid}", summary="One tenant", responses=problems(404, 503, body=False))
async def get_tenant(tenant_id: TenantId, request: Request) -> TenantResponse:
    """Its quotas, and whether it is suspended."""
    return TenantResponse.of(await _service(request).get(tenant_id))


@router.patch("/tenants/{tenant_id:uuid}", summary="Change a tenant", responses=problems(404, 409, 503))
async def change_tenant(tenant_id: TenantId, request: Request, body: TenantChangeRequest) -> TenantResponse:
    """Rename it, suspend it or let it in again, or change its quotas. Other processes follow within 5 seconds."""
    return TenantResponse.of(await _service(request).change(tenant_id, body.changes(), _actor(request)))


@router.delete(
    "/tenants/{tenant_id:uuid}",
    status_code=204,
    summary="Delete a tenant",
    responses=problems(404, 409, 503, body=False),
)
async def delete_tenant(tenant_id: TenantId, request: Request) -> None:
    """With everything that it owns. It is suspended and its jobs are cancelled first."""
    await _service(request).delete(tenant_id, _actor(request))


@router.post("/tenants/{tenant_id:uuid}/keys", status_code=201, summary="Make a key", responses=problems(404, 503))
async def add_key(tenant_id: TenantId, request: Request, response: Response, body: NewKeyRequest) -> MadeKeyResponse:
    """The answer shows the key this once. From the first key on, requests without a credential are refused."""
    key, text = await _service(request).add_key(tenant_id, body.chosen(), _actor(request))
    response.headers.update(NO_STORE)
    return MadeKeyResponse(**KeyResponse.model_validate(key).model_dump(), key=text)


@router.get("/tenants/{tenant_id:uuid}/keys", summary="The keys of a tenant", responses=problems(404, 503, body=False))
async def list_keys(tenant_id: TenantId, request: Request) -> KeyList:
    """Without the keys themselves, of which only hashes are stored."""
    keys = await _service(request).keys_of(tenant_id)
    return KeyList(keys=[KeyResponse.model_validate(key) for key in keys])


@router.delete(
    "/tenants/{tenant_id:uuid}/keys/{key_id}",
    status_code=204,
    summary="Revoke a key",
    responses=problems(404, 422, 503, body=False),
)
async def revoke_key(tenant_id: TenantId, key_id: KeyId, request: Request) -> None:
    """It is refused at once by this process, and within 5 seconds by others."""
    await _service(request).revoke(tenant_id, key_id, _actor(request))


@router.get("/audit", summary="The audit log, newest first", responses=problems(422, 503, body=False))
async def list_audit(
    request: Request,
    limit: Limit = 50,
    before: Annotated[
        int | SkipJsonSchema[None],
        Query(description="Only entries with a smaller number.", ge=1, le=2**63 - 1, examples=[100]),
    ] = None,
    tenant_id: Annotated[
        UUID | SkipJsonSchema[None], Query(description="Only entries about this tenant.", examples=[TENANT_ID])
    ] = None,
) -> AuditList:
    """What was done to tenants and keys, also to those that are gone."""
    entries = await _service(request).entries(limit + 1, before, tenant_id)
    page = entries[:limit]
    return AuditList(
        entries=[AuditEntry.of(entry) for entry in page],
        next_before=page[-1].number if len(entries) > limit else None,
    )


def _service(request: Request) -> TenantAdmin:
    service: TenantAdmin = request.state.tenants
    return service


def _actor(request: Request) -> str:
    caller: Caller = request.state.caller
    return caller.name
