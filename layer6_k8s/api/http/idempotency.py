"""Routes that heed `Idempotency-Key`: a client that does not know whether its request arrived sends it again."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import UploadFile

from api.http.request_headers import Json, describe_at, describe_header, request_header
from api.http.spooling import Handle
from api.schemas.problem import problem_response
from api.services.documents.store import StoreUnavailable
from api.services.serving.idempotency import MOST_CHARS, AnswerLog, KeptAnswer, checked

HEADER = "Idempotency-Key"
REPLAYED = {"Idempotency-Replayed": "true"}
KEPT = ("content-type", "location")
READ_BYTES = 1_048_576
KEY = request_header(
    HEADER,
    "Names this piece of work, in printable ASCII: the same request with the same key again does nothing more and gets "
    "the same answer.",
    {"minLength": 1, "maxLength": MOST_CHARS},  # an example would be sent by Swagger UI and Postman, again and again
)
REFUSALS: dict[int | str, Json] = {status: problem_response(status) for status in (409, 422)}


class IdempotentRoute(APIRoute):
    """A route that heeds the header, and documents it."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        describe_at(self, KEY, REFUSALS)

    def get_route_handler(self) -> Handle:
        return partial(_handled_once, super().get_route_handler())


def describe_key(router: APIRouter) -> None:
    """Document the header at each POST of a router whose routes heed it without being `IdempotentRoute`s."""
    describe_header(router, KEY, REFUSALS)


async def _handled_once(handle: Handle, request: Request) -> Response:
    return await answered_once(request, handle)


async def answered_once(request: Request, handle: Handle) -> Response:
    """Answer a POST with the header once; only answers without an error are kept. Each path has keys of its own."""
    given = request.headers.get(HEADER)
    if given is None or request.method != "POST":
        return await handle(request)
    key = f"{request.url.path} {checked(given)}"
    answers: AnswerLog = request.state.answers
    kept = await _begun(answers, key, request)
    if kept:
        return Response(kept.body, kept.status, {**kept.headers, **REPLAYED})
    try:
        response = await handle(request)
    except BaseException:
        await asyncio.shield(answers.drop(key))  # the client may have gone
        raise
    headers = {name: response.headers[name] for name in KEPT if name in response.headers}
    with suppress(StoreUnavailable):  # the work is done: its answer is not lost with the log
        await answers.keep(key, KeptAnswer(response.status_code, headers, bytes(response.body)))
    return response


async def _begun(answers: AnswerLog, key: str, request: Request) -> KeptAnswer | None:
    """See `AnswerLog.begin`. The files of a form that will not be handled are closed."""
    try:
        kept = await answers.begin(key, await _fingerprint(request))
    except BaseException:
        await request.close()
        raise
    if kept:
        await request.close()
    return kept


async def _fingerprint(request: Request) -> str:
    """The SHA-256 of what is asked for. Of a form its content counts: the text around it differs each time."""
    digest = hashlib.sha256(f"{request.url.path}?{request.url.query}\n".encode())
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        for name, value in (await request.form()).multi_items():
            digest.update(f"{name}\n".encode())
            if isinstance(value, UploadFile):
                digest.update(f"{value.filename}\n".encode())
                while part := await value.read(READ_BYTES):
                    digest.update(part)
                await value.seek(0)
            else:
                digest.update(value.encode())
    else:
        digest.update(await request.body())
    return digest.hexdigest()
