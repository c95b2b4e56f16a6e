"""Run a Python module, or a function in one, as a child process that cannot outlive its parent.

    python -m mystack.guard MODULE[:FUNCTION] ARGS…

The parent holds the write end of the child's standard input. When the parent ends, even by `kill -9`, the system closes
it, and the child ends too. Unlike Linux's parent-death signal this works on every Unix, and does not depend on the
thread of the parent that started the child.
"""

import importlib
import os
import runpy
import signal
import sys
import threading
import time

GRACE_SECONDS = 10.0


def watch_parent(grace: float = GRACE_SECONDS) -> None:
    """End this process when its parent ends: by SIGTERM, and after `grace` seconds by SIGKILL to its group."""
    threading.Thread(target=_wait, args=(grace,), name="parent-watch", daemon=True).start()


def _wait(grace: float) -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace)
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Run the module or function named on the command line."""
    watch_parent()
    del sys.argv[0]
    module, _, function = sys.argv[0].partition(":")
    if function:
        sys.exit(getattr(importlib.import_module(module), function)())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
