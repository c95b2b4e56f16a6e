"""`mystack tenants`."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from mystack.cli import app
from tests.tenants.operating import ADMIN_KEY, bearer


@pytest.fixture
def run(administered: str) -> Callable[..., Result]:
    def run(*arguments: str, key: str = ADMIN_KEY) -> Result:
        return CliRunner().invoke(app, ["tenants", *arguments, "--url", administered, "--admin-key", key])

    return run


def test_a_tenant_is_added_changed_suspended_and_deleted(run: Callable[..., Result]) -> None:
    assert run("add", "cli", "--documents", "1000").stdout == "cli: 1,000 documents\n"
    assert run("set", "cli", "--documents", "unlimited", "--name", "cli-2").stdout == "cli-2: unlimited\n"
    assert run("suspend", "cli-2").stdout.startswith("cli-2: unlimited, suspended since 20")
    assert run("resume", "cli-2").stdout == "cli-2: unlimited\n"
    assert "cli-2: unlimited\n" in run("list").stdout
    assert run("delete", "cli-2").exit_code == 1  # nobody said yes
    assert run("delete", "cli-2", "--yes").exit_code == 0
    assert "cli-2" not in run("list").stdout


def test_a_key_is_printed_once_listed_and_revoked(run: Callable[..., Result], administered: str) -> None:
    run("add", "cli-keys")
    made = run("keys", "add", "cli-keys", "--for", "web site", "--scope", "read", "--days", "90")
    key = made.stdout.strip()
    assert httpx2.get(f"{administered}/documents", headers=bearer(key)).status_code == 200
    listed = run("keys", "list", "cli-keys").stdout
    key_id = key.split("_")[1]
    assert listed.startswith(f"{key_id} web site: read; last used 20")
    assert ", expires 20" in listed
    assert key not in listed
    assert run("keys", "revoke", "cli-keys", key_id).exit_code == 0
    assert httpx2.get(f"{administered}/documents", headers=bearer(key)).status_code == 401
    assert run("keys", "list", "cli-keys").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["suspend", "nobody"], "there is no tenant nobody: `mystack tenants list` shows their names"),
        (["add", "x", "--documents", "many"], "--documents many: give a number, or `unlimited`"),
        (["add", "Not A Name"], "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Callable[..., Result], arguments: list[str], reason: str
) -> None:
    result = run(*arguments)
    assert (result.exit_code, reason in result.stderr) == (2, True), result.output


def test_indexes_are_looked_after(stores: Callable[[], dict[str, Any]]) -> None:
    arguments = ["tenants", "index", "--chunks", "1", "--database-url", stores()["database_url"], "--layer", "6"]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, result.stdout) == (0, "every tenant that needs an index has one\n"), result.output


def test_a_wrong_key_is_refused(run: Callable[..., Result]) -> None:
    result = run("list", key="wrong")
    assert (result.exit_code, "rejects this ADMIN_KEY" in result.stderr) == (2, True)
