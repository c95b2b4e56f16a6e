"""A real identity provider, as far as a service sees one: it publishes keys, and signs tokens."""

import json
import time
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

AUDIENCE = "mystack"
NAME = "https://id.example"


class Issuer:
    """`published` are the ids of the keys that it shows; `away`: it answers 503."""

    url = ""

    def __init__(self) -> None:
        self.keys: dict[str, tuple[str, Any]] = {
            "ed": ("EdDSA", ed25519.Ed25519PrivateKey.generate()),
            "rsa": ("RS256", rsa.generate_private_key(public_exponent=65537, key_size=2048)),
            "ec": ("ES256", ec.generate_private_key(ec.SECP256R1())),
        }
        self.published = ["ed", "rsa", "ec"]
        self.away = False
        self.fetches = 0
        self.app = Starlette(routes=[Route("/jwks.json", self._jwks)])

    @property
    def settings(self) -> dict[str, Any]:
        return {"jwks_url": f"{self.url}/jwks.json", "jwt_issuer": NAME, "jwt_audience": AUDIENCE}

    def token(self, kid: str = "ed", *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token of the tenant `acme` that is valid for a minute, unless the claims say otherwise; None drops one."""
        algorithm, key = self.keys[kid]
        payload = {
            "iss": NAME,
            "aud": AUDIENCE,
            "sub": "ann",
            "exp": time.time() + 60,
            "tenant": "acme",
            "scope": "openid read write",
        } | claims
        payload = {name: value for name, value in payload.items() if value is not None}
        return jwt.encode(payload, key, algorithm, {"kid": kid} | (header or {}))

    def add(self, kid: str) -> None:
        """A new key, not published yet."""
        self.keys[kid] = ("EdDSA", ed25519.Ed25519PrivateKey.generate())

    def public(self, kid: str) -> dict[str, Any]:
        algorithm, key = self.keys[kid]
        text = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key())
        return dict(json.loads(text)) | {"kid": kid, "use": "sig", "alg": algorithm}

    async def _jwks(self, request: Request) -> Response:
        self.fetches += 1
        if self.away:
            return Response(status_code=503)
        return JSONResponse({"keys": [self.public(kid) for kid in self.published]})
