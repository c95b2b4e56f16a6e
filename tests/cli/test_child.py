"""A child process can be stopped whatever its parent was doing when it was interrupted."""

import sys

from tests.cli.processes import run

INTERRUPTED = """
import os, random, signal
from pathlib import Path
from mystack.child import Child

def interrupt(number, frame):
    raise KeyboardInterrupt

nowhere = open(os.devnull, "wb")
child = Child("child", ["http.server", "--bind", "127.0.0.1", "0"], cwd=Path.cwd(), env=os.environ, output=nowhere)
signal.signal(signal.SIGALRM, interrupt)
moment, interrupted = random.Random(0), 0
for _ in range(20_000):
    try:
        signal.setitimer(signal.ITIMER_REAL, moment.uniform(1e-5, 3e-4))
        while child.wait(0.001) is None:
            pass
    except KeyboardInterrupt:
        interrupted += 1
signal.setitimer(signal.ITIMER_REAL, 0)
child.stop()
print(interrupted, child.status)
"""


def test_a_child_can_be_stopped_after_an_interrupt_at_any_moment_of_waiting() -> None:
    assert run([sys.executable, "-c", INTERRUPTED]).stdout.split() == ["20000", "-15"]
