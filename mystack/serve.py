"""The process in which a layer runs: `python -m mystack.serve DESCRIPTOR`, in the layer's folder.

The parent has bound the listening socket and hands over its file descriptor, so that nobody can take the
port in between. Containers start uvicorn themselves; this module does the same with the same options.
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
    """Serve until told to stop; returns the exit status."""
    watch_parent()
    wrong = wrong_settings()
    if wrong:
        sys.stderr.write("".join(f"mystack: setting {line}\n" for line in wrong))
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
        http="api.http.protocol:Protocol",  # h11: httptools keeps a header of any size in memory
        h11_max_incomplete_event_size=65_536,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[socket.socket(fileno=descriptor)])
    return 0 if server.started else STARTUP_FAILURE


def allow_many_connections() -> None:
    """Raise the limit on open files as far as the system lets us: a streamed answer takes two, client and model."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


def wrong_settings() -> list[str]:
    """One line for each setting of the layer that is wrong; never its value, which may be a secret."""
    try:
        importlib.import_module("api.config").Settings()
    except ValidationError as error:
        return [f"{'.'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
    return []


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
