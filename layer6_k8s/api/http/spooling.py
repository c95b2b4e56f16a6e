"""Uploads are spooled to disk while they arrive; a full disk gets an error of its own."""

import errno
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from api.errors import MyStackError

Handle = Callable[[Request], Coroutine[Any, Any, Response]]
Around = Callable[[Request, Handle], Coroutine[Any, Any, Response]]
"""Answers a request itself, or lets the handler do it."""
DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class InsufficientStorage(MyStackError):
    """The disk has no space left for this upload, and nothing was stored. Free some space, then upload it again."""

    status = 507
    code = "insufficient_storage"


class SpoolingRoute(APIRoute):
    """A route with an upload in its body. The files lie in TMPDIR, as Python's `tempfile` finds it."""

    around: ClassVar[list[Around]] = []
    """What a later layer puts around all of these routes; the last one is the outermost."""

    def get_route_handler(self) -> Handle:
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            handler = inner
            for around in self.around:
                handler = partial(_around, around, handler)
            return await handler(request)

        async def handle_with_full_disk(request: Request) -> Response:
            try:
                return await handle(request)
            except HTTPException as error:
                # FastAPI turns all errors of its body parsing into this one.
                if isinstance(error.__cause__, OSError) and error.__cause__.errno in DISK_FULL:
                    raise InsufficientStorage from error
                raise
            except OSError as error:
                if error.errno in DISK_FULL:
                    raise InsufficientStorage from error
                raise

        return handle_with_full_disk


async def _around(around: Around, handle: Handle, request: Request) -> Response:
    return await around(request, handle)
