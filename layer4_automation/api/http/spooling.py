"""Uploads are spooled to disk while they arrive; a full disk gets an error of its own."""

import errno
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api.errors import MyStackError
from api.http.idempotency import IdempotentRoute

DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class InsufficientStorage(MyStackError):
    """The disk has no space left for this upload, and nothing was stored. Free some space, then upload it again."""

    status = 507
    code = "insufficient_storage"


class SpoolingRoute(IdempotentRoute):
    """A route with an upload in its body. The files lie in TMPDIR, as Python's `tempfile` finds it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_with_full_disk(request: Request) -> Response:
            try:
                return await handle(request)
            except HTTPException as error:
                # FastAPI turns all errors of its body parsing into this one.
                if isinstance(error.__cause__, OSError) and error.__cause__.errno in DISK_FULL:
                    raise InsufficientStorage from error
                raise
            except OSError as error:  # while the form was read for its Idempotency-Key
                if error.errno in DISK_FULL:
                    raise InsufficientStorage from error
                raise

        return handle_with_full_disk
