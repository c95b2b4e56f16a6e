"""The account on layer 6's page: sign in with a tenant's key, see who one is, sign out."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import serve

ADMIN_KEY = "the key of the operator"


@pytest.fixture(scope="module")
def layer6() -> Iterator[str]:
    yield from serve(6, LLM_PROVIDER="extractive", ADMIN_KEY=ADMIN_KEY)


@pytest.fixture
def key(layer6: str) -> str:
    """A key of a new tenant, or of the one that an earlier test made."""
    with httpx2.Client(base_url=layer6, headers={"Authorization": f"Bearer {ADMIN_KEY}"}) as operator:
        operator.post("/admin/tenants", json={"name": "acme"})
        [tenant] = [each for each in operator.get("/admin/tenants").json()["tenants"] if each["name"] == "acme"]
        body = {"name": "page", "scopes": ["read", "write"]}
        return str(operator.post(f"/admin/tenants/{tenant['id']}/keys", json=body).json()["key"])


def test_a_tenant_signs_in_sees_its_account_and_signs_out(
    open_page: Callable[..., Page], layer6: str, key: str
) -> None:
    page = open_page(layer6)
    dialog = page.get_by_role("dialog", name="This service needs an API key")
    expect(dialog).to_contain_text("It is a key of your tenant")
    page.get_by_role("textbox", name="API key").fill(key)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Account").click()
    expect(page.get_by_role("heading", name="Account")).to_be_visible()
    expect(page.get_by_text(f"Signed in with the key {key.split('_')[1]}")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").click()
    expect(dialog).to_be_visible()
    assert page.evaluate("Object.values(sessionStorage)") == []
