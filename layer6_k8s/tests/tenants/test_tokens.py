"""Tokens of an identity provider, which a real one of the tests signs."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import anyio
import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from api.adapters.jwks.key_set import KeySet, client_for
from api.services.tenants.errors import ProviderAway
from tests.tenants.issuer import Issuer
from tests.tenants.operating import ADMIN_KEY, Operator


@pytest.fixture
async def trusting(serve: Callable[..., str], issuer: Issuer, http: httpx2.AsyncClient) -> Operator:
    """A service that trusts the issuer, with the tenant `acme`."""
    service = Operator(http, serve(llm_provider="extractive", admin_key=ADMIN_KEY, **issuer.settings))
    service.acme = await service.tenant("acme")  # type: ignore[attr-defined]
    return service


@pytest.mark.parametrize("kid", ["ed", "rsa", "ec"])
async def test_a_token_opens_the_service_for_the_tenant_that_it_names(
    trusting: Operator, issuer: Issuer, kid: str
) -> None:
    assert await trusting.status(issuer.token(kid)) == 200
    acme: str = trusting.acme  # type: ignore[attr-defined]
    assert await trusting.status(issuer.token(kid, tenant=acme)) == 200


async def test_scopes_are_words_or_a_list_and_no_others_count(trusting: Operator, issuer: Issuer) -> None:
    for scope in ("read", "profile read", ["email", "read"]):
        assert await trusting.status(issuer.token(scope=scope)) == 200
    others: list[Any] = ["write", "reader", "", [], None, {"read": True}, [["read"]]]
    for other in others:
        assert await trusting.status(issuer.token(scope=other)) == 403


def forged(issuer: Issuer) -> dict[str, str]:
    """Tokens that must be refused, by why."""
    header, payload, signature = issuer.token().split(".")
    other = Issuer()
    public = issuer.keys["ed"][1].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    unsigned = jwt.encode(claims, "", "none")
    confused = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "ed"}).encode()).decode().rstrip("=")

    digest = hmac.new(pem, f"{confused}.{payload}".encode(), hashlib.sha256).digest()
    return {
        "expired": issuer.token(exp=time.time() - 60),
        "not yet valid": issuer.token(nbf=time.time() + 90),
        "another issuer": issuer.token(iss="https://evil.example"),
        "another audience": issuer.token(aud="another"),
        "no expiry": issuer.token(exp=None),
        "no issuer": issuer.token(iss=None),
        "no audience": issuer.token(aud=None),
        "no subject": issuer.token(sub=None),
        "no tenant": issuer.token(tenant=None),
        "a tenant that is no text": issuer.token(tenant=["acme"]),
        "an unknown tenant": issuer.token(tenant="nobody"),
        "a NUL": issuer.token(tenant="acme\x00"),
        "a stranger's key": other.token(),
        "a wrong key of the right id": other.token(header={"kid": "ed"}),
        "an algorithm of another key": issuer.token("ed", header={"kid": "rsa"}),
        "no algorithm": unsigned,
        "the public key as a secret": f"{confused}.{payload}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}",
        "another payload": f"{header}.{payload[:-4]}AAAA.{signature}",
        "no signature": f"{header}.{payload}.",
        "no JSON": "a.b.c",
    }


async def test_what_is_wrong_with_a_token_is_401(trusting: Operator, issuer: Issuer) -> None:
    assert await trusting.status(issuer.token()) == 200
    for why, token in forged(issuer).items():
        answer = await trusting.ask("GET", "/documents", token)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized"), why
        assert token not in answer.text


async def test_clocks_may_differ_a_little(trusting: Operator, issuer: Issuer) -> None:
    assert await trusting.status(issuer.token(exp=time.time() - 5)) == 200


async def test_a_remembered_token_ends_when_it_expires(
    serve: Callable[..., str], issuer: Issuer, http: httpx2.AsyncClient
) -> None:
    url = serve(llm_provider="extractive", admin_key=ADMIN_KEY, jwt_leeway_seconds=0, **issuer.settings)
    service = Operator(http, url)
    await service.tenant("acme")
    token = issuer.token(exp=time.time() + 3)
    assert await service.status(token) == 200
    await service.refused(token, 10)
    assert await service.status(token) == 401


async def test_a_suspended_tenants_tokens_are_refused_at_once(trusting: Operator, issuer: Issuer) -> None:
    token = issuer.token()
    assert await trusting.status(token) == 200
    acme: str = trusting.acme  # type: ignore[attr-defined]
    await trusting.change(acme, suspended=True)
    assert await trusting.status(token) == 403
    await trusting.ask("DELETE", f"/admin/tenants/{acme}")
    assert await trusting.status(token) == 401


async def test_tokens_are_accepted_while_the_provider_is_away(trusting: Operator, issuer: Issuer) -> None:
    assert await trusting.status(issuer.token()) == 200
    issuer.away = True
    assert await trusting.status(issuer.token(sub="somebody else")) == 200


async def test_before_the_first_fetch_tokens_are_503_and_health_says_why(
    serve: Callable[..., str], issuer: Issuer, http: httpx2.AsyncClient
) -> None:
    issuer.away = True
    service = Operator(http, serve(llm_provider="extractive", admin_key=ADMIN_KEY, **issuer.settings))
    await service.tenant("acme")
    answer = await service.ask("GET", "/documents", issuer.token())
    assert (answer.status_code, answer.json()["code"]) == (503, "identity_provider_away")
    assert int(answer.headers["retry-after"]) > 0
    health = (await http.get(f"{service.url}/health")).json()
    states = {one["name"]: one["status"] for one in health["dependencies"]}
    assert states["identity_provider"] == "degraded"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def keys(issuer: Issuer) -> Any:
    """The issuer's keys, with a clock that a test moves."""
    async with client_for(f"{issuer.url}/jwks.json") as client:
        yield KeySet(client, f"{issuer.url}/jwks.json", Clock())


async def test_an_unknown_key_is_fetched_at_most_every_30_seconds(keys: KeySet, issuer: Issuer) -> None:
    assert await keys.find("ed")
    issuer.add("new")
    issuer.published.append("new")
    for _ in range(20):
        assert await keys.find("new") is None
    assert issuer.fetches == 1
    keys.clock.seconds = 31  # type: ignore[attr-defined]
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(keys.find, "new")
    assert await keys.find("new")
    assert issuer.fetches == 2


async def test_the_old_keys_stay_while_the_provider_is_away(keys: KeySet, issuer: Issuer) -> None:
    assert await keys.find("ed")
    issuer.away = True
    keys.clock.seconds = 31  # type: ignore[attr-defined]
    assert await keys.find("unknown") is None
    assert await keys.find("ed")
    assert issuer.fetches == 2


@pytest.mark.parametrize("published", [[], ["weak"], ["secret"]])
async def test_a_set_without_a_usable_key_replaces_nothing(issuer: Issuer, published: list[str], keys: KeySet) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    assert await keys.find("ed")
    issuer.keys["weak"] = ("RS256", rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505
    show = issuer.public
    issuer.public = lambda kid: {"kty": "oct", "k": "AAAA", "kid": kid} if kid == "secret" else show(kid)  # type: ignore[method-assign]
    issuer.published = published
    keys.clock.seconds = 31  # type: ignore[attr-defined]
    assert await keys.find("weak") is None
    assert await keys.find("secret") is None
    assert await keys.find("ed")


async def test_no_key_was_ever_fetched(keys: KeySet, issuer: Issuer) -> None:
    issuer.away = True
    with pytest.raises(ProviderAway):
        await keys.find("ed")
