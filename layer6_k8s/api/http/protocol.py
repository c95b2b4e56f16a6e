"""The HTTP protocol: uvicorn's h11 with a deadline for the head of a request, and with our error format.

uvicorn --http api.http.protocol:Protocol …
"""

import asyncio
import json
import sys
import uuid
from http import HTTPStatus

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.headers import SECURITY_HEADERS
from api.schemas.problem import problem

SENTENCES = {
    400: "The request is not valid HTTP/1.1.",
    408: "The head of the request did not arrive in time.",
    431: "The head of the request is larger than this service accepts.",
}


class Protocol(H11Protocol):
    """A connection. Uvicorn alone would wait forever for the rest of a request's head."""

    head_seconds = 20.0
    """Longest time for a head, from its first byte (or from the start of the connection) to the blank line."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Uvicorn calls this while it handles the error of an unreadable request."""
        error = sys.exception()
        self._refuse(error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400)

    def _watch(self) -> None:
        """Run the timer while a head is being received."""
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self._refuse, 408)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int) -> None:
        """Answer, unless a response has begun, and close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            code = HTTPStatus(status).name.lower()
            request_id = str(uuid.uuid4())
            body = json.dumps(problem(status, code, SENTENCES.get(status, SENTENCES[400]), request_id=request_id))
            headers = [
                (b"content-type", b"application/problem+json"),
                (b"content-length", str(len(body)).encode()),
                (b"connection", b"close"),
                (b"x-request-id", request_id.encode()),
                *SECURITY_HEADERS,
            ]
            reason = HTTPStatus(status).phrase.encode()
            answer = h11.Response(status_code=status, headers=headers, reason=reason)
            for event in (answer, h11.Data(data=body.encode()), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
