"""What a caller needs for an operation: a scope, or to be the operator.

read        what only reads, and questions
write       uploads, deletes, jobs, sources, feedback, conversations: whatever else changes something
admin       what holds for all requests of a tenant, or costs it much: A/B tests, promotions, all vectors anew
operator    tenants, keys, the audit log, and the metrics of the whole service
"""

import re
from typing import Literal

from api.services.documents.store import StoreUnavailable
from api.services.serving.authentication import ANONYMOUS, Caller
from api.services.tenants.authentication import UNVERIFIED, SoleCaller
from api.services.tenants.callers import Bookkeeper, Scope, TenantCaller
from api.services.tenants.errors import AdministrationOff, AdminKeyNeeded, NoTenant, ScopeMissing

Need = Scope | Literal["operator"]
READING = ("GET", "HEAD", "OPTIONS")
QUESTIONS = re.compile(r"/(chat|chat/stream|search|mcp|v1/.*)", re.DOTALL)
"""POST, but nothing is changed by them but the caller's own conversation."""
ADMIN = re.compile(r"/(jobs/refresh-embeddings|models/ab-test(/.*)?|experiments/runs/[^/]*/promote)", re.DOTALL)
TENANTS = re.compile(r"/admin(/.*)?", re.DOTALL)
OPERATED = re.compile(r"/(metrics|dashboard/data)", re.DOTALL)
"""Numbers about all tenants."""
UNREACHED = "Nobody can sign in before PostgreSQL has been reached. Start it, or check DATABASE_URL."


def need(method: str, path: str) -> Need:
    """What a request needs; a path that nobody thought of needs `write` unless it reads."""
    if TENANTS.fullmatch(path) or OPERATED.fullmatch(path):
        return "operator"
    if method in READING or QUESTIONS.fullmatch(path):
        return "read"
    return "admin" if ADMIN.fullmatch(path) else "write"


class Permissions:
    """Checks callers. `administered`: ADMIN_KEY is set."""

    def __init__(self, *, administered: bool) -> None:
        self.administered = administered

    def check(self, caller: Caller, method: str, path: str) -> None:
        """Raises `ScopeMissing`, `NoTenant`, `StoreUnavailable`, `AdminKeyNeeded` and `AdministrationOff`."""
        needed = need(method, path)
        match caller:
            case _ if caller is ANONYMOUS:  # only on the paths that are open to everybody
                return
            case _ if caller is UNVERIFIED:
                if not OPERATED.fullmatch(path):
                    raise StoreUnavailable(UNREACHED)
            case Bookkeeper():
                if needed != "operator":
                    raise NoTenant
            case SoleCaller() if not TENANTS.fullmatch(path):
                return
            case _ if needed == "operator":
                raise AdminKeyNeeded if self.administered else AdministrationOff
            case TenantCaller() if needed in caller.scopes:
                return
            case _:
                raise ScopeMissing(needed)
