"""The command `mystack tenants`."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from mystack.client import LOCAL, Url, answered
from mystack.operating import AdminKey, Name, all_tenants, found, operator, path_of, write
from mystack.project import Refusal
from mystack.tenant_archives import export, import_tenant
from mystack.tenant_indexes import index

UNLIMITED = "unlimited"
Quota = Annotated[str | None, typer.Option(help="A number, or `unlimited`.", show_default=False)]


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
keys = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(keys, name="keys")
app.command("export")(export)
app.command("import")(import_tenant)
app.command("index")(index)


@app.callback()
def tenants() -> None:
    """Administer the tenants of a running layer (6 or later), with the key that it was started with as ADMIN_KEY."""


@keys.callback()
def keys_of_a_tenant() -> None:
    """Make, list and revoke the API keys of a tenant."""


@app.command("list")
def list_tenants(url: Url = LOCAL, admin_key: AdminKey = None) -> None:
    """List the tenants, with their quotas.

    Example:

        mystack tenants list
    """
    with operator(url, admin_key) as client:
        for tenant in all_tenants(client):
            write(_line(tenant))


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="Lower-case letters, digits, `.`, `_` and `-`.", show_default=False)],
    documents: Quota = None,
    bytes: Quota = None,
    tokens_a_day: Quota = None,
    requests_a_minute: Quota = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Add a tenant. What has no quota is unlimited.

    Example:

        mystack tenants add acme --documents 1000 --tokens-a-day 2000000
    """
    quotas = _quotas(documents, bytes, tokens_a_day, requests_a_minute)
    with operator(url, admin_key) as client:
        write(_line(answered(client.post("/admin/tenants", json={"name": name, "quotas": quotas})).json()))


@app.command("set")
def change(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="Another name.", show_default=False)] = None,
    documents: Quota = None,
    bytes: Quota = None,
    tokens_a_day: Quota = None,
    requests_a_minute: Quota = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Change the quotas of a tenant, or its name; the rest stays.

    Example:

        mystack tenants set acme --documents unlimited
    """
    changes: dict[str, Any] = {"quotas": _quotas(documents, bytes, tokens_a_day, requests_a_minute)}
    _change(url, admin_key, name, changes | ({"name": new_name} if new_name else {}))


@app.command("suspend")
def suspend(name: Name, url: Url = LOCAL, admin_key: AdminKey = None) -> None:
    """Refuse all credentials of a tenant. Nothing is deleted.

    Example:

        mystack tenants suspend acme
    """
    _change(url, admin_key, name, {"suspended": True})


@app.command("resume")
def resume(name: Name, url: Url = LOCAL, admin_key: AdminKey = None) -> None:
    """Accept the credentials of a suspended tenant again.

    Example:

        mystack tenants resume acme
    """
    _change(url, admin_key, name, {"suspended": False})


@app.command("delete")
def delete(
    name: Name,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a tenant with everything that it owns.

    Example:

        mystack tenants delete acme
    """
    with operator(url, admin_key) as client:
        tenant = found(client, name)
        if not yes:
            typer.confirm(f"Delete {name} with all its documents, conversations and keys?", abort=True)
        answered(client.delete(f"/admin/tenants/{tenant['id']}"))


@keys.command("add")
def add_key(
    name: Name,
    label: Annotated[str, typer.Option("--for", help="What the key is for.")] = "unnamed",
    scope: Annotated[list[Scope], typer.Option(help="What it may do; repeat it for more.")] = [Scope.READ, Scope.WRITE],  # noqa: B006
    days: Annotated[float | None, typer.Option(help="Days until it expires.", show_default="never")] = None,
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Make a key, and print it. It cannot be shown again.

    Examples:

        mystack tenants keys add acme --for "web site" --scope read

        mystack tenants keys add acme --scope read --scope write --days 90
    """
    body: dict[str, Any] = {"name": label, "scopes": scope}
    if days is not None:
        body["expires_at"] = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    with operator(url, admin_key) as client:
        write(answered(client.post(f"{path_of(client, name)}/keys", json=body)).json()["key"])


@keys.command("list")
def list_keys(name: Name, url: Url = LOCAL, admin_key: AdminKey = None) -> None:
    """List the keys of a tenant: their ids, scopes, ends and last uses.

    Example:

        mystack tenants keys list acme
    """
    with operator(url, admin_key) as client:
        for key in answered(client.get(f"{path_of(client, name)}/keys")).json()["keys"]:
            write(_key_line(key))


@keys.command("revoke")
def revoke_key(
    name: Name,
    id: Annotated[str, typer.Argument(help="The id of the key: its part behind `ms_`.", show_default=False)],
    url: Url = LOCAL,
    admin_key: AdminKey = None,
) -> None:
    """Revoke a key. Every process of the service refuses it within 5 seconds.

    Example:

        mystack tenants keys revoke acme k3v9x0q2m7ab
    """
    with operator(url, admin_key) as client:
        answered(client.delete(f"{path_of(client, name)}/keys/{id}"))


def _change(url: str, admin_key: str | None, name: str, changes: dict[str, Any]) -> None:
    with operator(url, admin_key) as client:
        write(_line(answered(client.patch(path_of(client, name), json=changes)).json()))


def _quotas(*given: str | None) -> dict[str, int | None]:
    """The quotas that were given. Refuses what is no number."""
    names = ("documents", "bytes", "tokens_a_day", "requests_a_minute")
    chosen = {name: value for name, value in zip(names, given, strict=True) if value is not None}
    for name, value in chosen.items():
        if value != UNLIMITED and not (value.isascii() and value.isdigit()):
            raise Refusal(f"--{name.replace('_', '-')} {value}: give a number, or `{UNLIMITED}`")
    return {name: None if value == UNLIMITED else int(value) for name, value in chosen.items()}


def _line(tenant: dict[str, Any]) -> str:
    """`acme: 1,000 documents, 2,000,000 tokens a day`; what has no quota is left out."""
    quotas = [f"{value:,} {name.replace('_', ' ')}" for name, value in tenant["quotas"].items() if value is not None]
    suspended = f", suspended since {tenant['suspended_at'][:16]}" if tenant["suspended_at"] else ""
    return f"{tenant['name']}: {', '.join(quotas) or UNLIMITED}{suspended}"


def _key_line(key: dict[str, Any]) -> str:
    """`k3v9x0q2m7ab web site: read; last used 2026-11-29T08:00`."""
    used = f"last used {key['last_used_at'][:16]}" if key["last_used_at"] else "never used"
    ends = f", expires {key['expires_at'][:16]}" if key["expires_at"] else ""
    return f"{key['id']} {key['name']}: {', '.join(key['scopes'])}; {used}{ends}"
