"""The errors of tenants and their credentials.

MyStackError
├── Unauthorized                401 unauthorized
│   └── CredentialRefused
├── ScopeMissing                403 scope_missing
├── TenantSuspended             403 tenant_suspended
├── AdminKeyNeeded              403 admin_key_needed
├── AdministrationOff           403 administration_off
├── NoTenant                    403 no_tenant
├── TenantNotFound              404 tenant_not_found
├── KeyNotFound                 404 key_not_found
├── TenantExists                409 tenant_exists
├── DefaultTenantStays          409 default_tenant
└── ProviderAway                503 identity_provider_away
"""

from api.errors import MyStackError, Unauthorized


class CredentialRefused(Unauthorized):
    """This key or token is not valid, or not any more. Ask the operator of the service for another one."""


class ScopeMissing(MyStackError):
    """The key or token may not do this."""

    status = 403
    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs the scope `{scope}`, which the key or token does not have.")


class TenantSuspended(MyStackError):
    """This tenant is suspended. Ask the operator of the service."""

    status = 403
    code = "tenant_suspended"


class AdminKeyNeeded(MyStackError):
    """Only the operator may do this: send ADMIN_KEY as `Authorization: Bearer <key>`."""

    status = 403
    code = "admin_key_needed"


class AdministrationOff(MyStackError):
    """The service was started without ADMIN_KEY, so nobody may administer tenants. Set it, and restart."""

    status = 403
    code = "administration_off"


class NoTenant(MyStackError):
    """ADMIN_KEY administers tenants and belongs to none. Use a key of the tenant whose data is meant."""

    status = 403
    code = "no_tenant"


class TenantNotFound(MyStackError):
    """There is no tenant with this id. GET /admin/tenants lists them."""

    status = 404
    code = "tenant_not_found"


class KeyNotFound(MyStackError):
    """The tenant has no key with this id. GET /admin/tenants/{id}/keys lists them."""

    status = 404
    code = "key_not_found"


class TenantExists(MyStackError):
    """There is a tenant with this name already. Choose another name."""

    status = 409
    code = "tenant_exists"


class DefaultTenantStays(MyStackError):
    """The tenant `default` cannot be deleted or renamed: it is the one that API_KEY belongs to."""

    status = 409
    code = "default_tenant"


class ProviderAway(MyStackError):
    """Tokens cannot be checked: the keys of the identity provider could not be fetched yet. Try again in a moment."""

    status = 503
    code = "identity_provider_away"
    retry_after = 5
