"""What the commands of a service's operator share: a client with ADMIN_KEY, and tenants by their names."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx2
import typer

from mystack.client import answered, connected
from mystack.project import Refusal

PAGE = 200
AdminKey = Annotated[str | None, typer.Option(envvar="ADMIN_KEY", help="The key of the service's operator.")]
Name = Annotated[str, typer.Argument(help="The name of a tenant.", show_default=False)]


@contextmanager
def operator(url: str, admin_key: str | None) -> Iterator[httpx2.Client]:
    """A client with the operator's key. Refuses a layer that does not accept it."""
    with connected(url, admin_key, "ADMIN_KEY") as client:
        if client.get("/admin/tenants", params={"limit": 1}).status_code == httpx2.codes.UNAUTHORIZED:
            given = "rejects this ADMIN_KEY" if "Authorization" in client.headers else "needs its ADMIN_KEY"
            raise Refusal(f"the server {given}: give the one it was started with, by --admin-key or as ADMIN_KEY")
        yield client


def all_tenants(client: httpx2.Client) -> Iterator[dict[str, Any]]:
    cursor: str | None = ""
    while cursor is not None:
        page = answered(client.get("/admin/tenants", params={"limit": PAGE, "cursor": cursor})).json()
        yield from page["tenants"]
        cursor = page["next_cursor"]


def found(client: httpx2.Client, name: str) -> dict[str, Any]:
    """Refuses a name that no tenant has."""
    one = next((tenant for tenant in all_tenants(client) if tenant["name"] == name), None)
    if one is None:
        raise Refusal(f"there is no tenant {name}: `mystack tenants list` shows their names")
    return one


def path_of(client: httpx2.Client, name: str) -> str:
    return f"/admin/tenants/{found(client, name)['id']}"


def write(line: str) -> None:
    sys.stdout.write(line + "\n")
