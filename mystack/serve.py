"""The process in which a layer runs: `python -m mystack.serve DESCRIPTOR`, in the layer's folder.

The parent has bound the listening socket and passes its file descriptor, so that no other process can take the port in
between. Containers start uvicorn directly, with the same options.
"""

import importlib
import logging
import resource
import socket
import sys

import uvicorn
from pydantic import ValidationError

from mystack.guard import watch_parent

GRACEFUL_SECONDS = 5
OPEN_FILES = 65_536
BAD_SETTINGS = 2
STARTUP_FAILURE = 3


def main(descriptor: int) -> int:
    """Serve until a signal stops the server; returns the exit status."""
    watch_parent()
    invalid = invalid_settings()
    if invalid:
        sys.stderr.write("".join(f"mystack: setting {line}\n" for line in invalid))
        return BAD_SETTINGS
    logging.getLogger("mystack.access").addFilter(lambda record: "GET /health" not in record.getMessage())
    allow_many_connections()
    config = uvicorn.Config(
        "api.main:create_app",
        factory=True,
        log_level="warning",  # the layer logs its requests itself
        access_log=False,
        ws="none",
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        http="api.http.protocol:Protocol",  # h11: httptools buffers headers without a limit
        h11_max_incomplete_event_size=65_536,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    return 0 if server.started else STARTUP_FAILURE


def allow_many_connections() -> None:
    """Raise the limit of open files as far as the system allows: a streamed answer needs two connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def invalid_settings() -> list[str]:
    """One line per invalid setting of the layer, without its value, which may be a secret."""
    try:
        importlib.import_module("api.config").Settings()
    except ValidationError as error:
        return [f"{'.'.join(map(str, entry['loc'])).upper()}: {entry['msg']}" for entry in error.errors()]
    return []


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
