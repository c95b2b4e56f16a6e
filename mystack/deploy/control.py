"""How a second `mystack deploy` tells the first one, which keeps the processes, what to deploy: a socket in its folder.

The request is one line of JSON; the answer is lines of progress, and a last line `done` or `refused: …`.
"""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mystack.project import Refusal

NAME = "control"
DONE, REFUSED = "done", "refused: "
REQUEST = {"repository", "reference", "contract"}
REQUEST_SECONDS = 10.0
Handle = Callable[[dict[str, Any], Callable[[str], None]], None]


class Control:
    """The socket of the deployment that runs."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener

    def serve(self, seconds: float, handle: Handle) -> None:
        """Handle one request, if one comes within `seconds`; `handle` refuses by `Refusal`."""
        self._listener.settimeout(seconds)
        try:
            connection, _ = self._listener.accept()
        except TimeoutError:
            return
        with (
            contextlib.suppress(OSError),
            connection,
            connection.makefile("rw", encoding="utf-8", errors="replace") as lines,
        ):
            connection.settimeout(REQUEST_SECONDS)

            def say(text: str) -> None:
                with contextlib.suppress(OSError):  # who asked may have left; the deployment goes on
                    lines.write(f"{text}\n")
                    lines.flush()

            try:
                handle(_request(lines.readline()), say)
            except (Refusal, OSError) as refusal:  # a full disk, too: what runs goes on
                say(f"{REFUSED}{' '.join(str(refusal).split())}")
            else:
                say(DONE)


def _request(line: str) -> dict[str, Any]:
    """Refuses what `asked` does not send, such as nothing: it was interrupted."""
    try:
        request = json.loads(line)
    except ValueError as error:
        raise Refusal("the request was not a line of JSON") from error
    if not isinstance(request, dict) or not request.keys() >= REQUEST:
        raise Refusal(f"the request lacks one of {', '.join(sorted(REQUEST))}")
    return request


@contextmanager
def listening(folder: Path) -> Iterator[Control]:
    """The control socket in `folder`, for this user only. Refuses a folder that another deployment uses."""
    path = folder / NAME
    with (folder / "lock").open("a") as lock, socket.socket(socket.AF_UNIX) as listener:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refusal(f"another deployment in {folder} starts or stops: try again in a minute") from error
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            listener.bind(str(path))
        except OSError as error:
            raise Refusal(f"{path} cannot be made ({error}): name a shorter folder with --home") from error
        finally:
            os.umask(before)
        listener.listen(1)
        try:
            yield Control(listener)
        finally:
            path.unlink(missing_ok=True)


def asked(folder: Path, request: dict[str, Any], say: Callable[[str], None]) -> bool:
    """Pass a request on and wait until it is done; False if no deployment runs. Refuses what was refused there."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(str(folder / NAME))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError as error:
            raise Refusal(
                f"the deployment in {folder} cannot be asked ({error}): name another folder with --home"
            ) from error
        with contextlib.suppress(ConnectionError), connection.makefile("rw", encoding="utf-8") as lines:
            lines.write(json.dumps(request) + "\n")
            lines.flush()
            for line in lines:
                text = line.rstrip("\n")
                if text == DONE:
                    return True
                if text.startswith(REFUSED):
                    raise Refusal(text.removeprefix(REFUSED))
                say(text)
    raise Refusal(f"the deployment in {folder} ended before it had answered; its logs are there")
