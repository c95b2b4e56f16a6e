"""API keys in PostgreSQL: the ports `KeyFinder` and `KeyStore`."""

from uuid import UUID

from api.adapters.postgres.database import Database
from api.adapters.postgres.tenants.audit import write
from api.services.tenants.audit import Action
from api.services.tenants.callers import EVERYONE, Tenant, acting_as
from api.services.tenants.keys import ApiKey, FoundKey, NewKey

FIND = """
    SELECT tenants.no, tenants.id, tenants.name, scopes, suspended_at IS NOT NULL,
        extract(epoch FROM expires_at - now())::float8, extract(epoch FROM now() - last_used_at)::float8
    FROM api_keys JOIN tenants ON tenants.no = api_keys.tenant_no
    WHERE api_keys.id = %s AND sha256 = %s AND (expires_at IS NULL OR expires_at > now())
"""
USED = "UPDATE api_keys SET last_used_at = now() WHERE id = %s"
ANY = "SELECT EXISTS (SELECT FROM api_keys)"
KEY = "api_keys.id, api_keys.name, scopes, api_keys.created_at, expires_at, last_used_at"
ADD = f"""
    INSERT INTO api_keys (tenant_no, id, name, sha256, scopes, expires_at)
    SELECT no, %s, %s, %s, %s, %s FROM tenants WHERE tenants.id = %s
    RETURNING {KEY}
"""
OF = f"""
    SELECT {KEY} FROM api_keys JOIN tenants ON tenants.no = api_keys.tenant_no
    WHERE tenants.id = %s ORDER BY api_keys.created_at, api_keys.id
"""
REVOKE = "DELETE FROM api_keys USING tenants WHERE no = tenant_no AND tenants.id = %s AND api_keys.id = %s"
NEW_EPOCH = "UPDATE tenants SET epoch = epoch + 1 WHERE id = %s"


class PostgresKeys:
    def __init__(self, database: Database) -> None:
        self.database = database

    async def find(self, key_id: str, sha256: str) -> FoundKey | None:
        """See `KeyFinder`."""
        with acting_as(EVERYONE):
            rows = await self.database.rows(FIND, [key_id, sha256])
        for no, tenant_id, name, scopes, suspended, left, unused in rows:
            return FoundKey(key_id, Tenant(no, tenant_id, name), frozenset(scopes), suspended, left, unused)
        return None

    async def used(self, key_id: str) -> None:
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                await connection.execute(USED, [key_id])

    async def any(self) -> bool:
        with acting_as(EVERYONE):
            ((found,),) = await self.database.rows(ANY)
        return bool(found)

    async def add(self, tenant_id: UUID, key_id: str, sha256: str, new: NewKey, actor: str) -> ApiKey | None:
        """See `KeyStore`."""
        details = {"key": key_id, "scopes": list(new.scopes)}
        details |= {"expires_at": new.expires_at.isoformat()} if new.expires_at else {}
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                values = [key_id, new.name, sha256, list(new.scopes), new.expires_at, tenant_id]
                row = await (await connection.execute(ADD, values)).fetchone()
                if row is None:
                    return None
                await write(connection, Action(actor, "key.add", tenant_id, details))
        return ApiKey(*row)

    async def of(self, tenant_id: UUID) -> list[ApiKey]:
        """The oldest first."""
        with acting_as(EVERYONE):
            return [ApiKey(*row) for row in await self.database.rows(OF, [tenant_id])]

    async def revoke(self, tenant_id: UUID, key_id: str, actor: str) -> bool:
        """See `KeyStore`."""
        with acting_as(EVERYONE):
            async with self.database.transaction() as connection:
                if (await connection.execute(REVOKE, [tenant_id, key_id])).rowcount == 0:
                    return False
                await connection.execute(NEW_EPOCH, [tenant_id])
                await write(connection, Action(actor, "key.revoke", tenant_id, {"key": key_id}))
        return True
