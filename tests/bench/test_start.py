"""A start is timed from outside, by its output and its answers."""

import os
import sys
from pathlib import Path

import pytest

from mystack.bench.start_watch import STAGES, watched
from mystack.project import Refusal
from mystack.server import listen

PROGRAM = """
import json, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Layer(BaseHTTPRequestHandler):
    asked = 0
    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())
    def do_GET(self):
        Layer.asked += self.path == "/health/ready"
        self.answer(503 if self.path == "/health/ready" and Layer.asked < 3 else 200, {})
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.answer(200, {"sources": [1] if sys.argv[2] == "cites" else []})
    def log_message(self, *arguments):
        pass

for line in ("1 of 5: creating .venv", "2 of 5: updating pip", "Starting layer9 …", "  MongoDB answers (0.1 s)"):
    print(line, flush=True)
    time.sleep(0.05)
if sys.argv[2] == "ends":
    sys.exit("no disk is left")
HTTPServer(("127.0.0.1", int(sys.argv[1])), Layer).serve_forever()
"""


def watch(folder: Path, behaviour: str) -> dict[str, float]:
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    (folder / "program.py").write_text(PROGRAM)
    command = [sys.executable, "program.py", str(port), behaviour]
    return dict(watched(command, folder, os.environ, f"http://127.0.0.1:{port}"))


def test_each_stage_takes_its_time(tmp_path: Path) -> None:
    times = watch(tmp_path, "cites")
    assert tuple(times) == STAGES
    assert all(seconds >= 0 for seconds in times.values())
    assert min(times[stage] for stage in STAGES[1:3]) > 0


def test_an_answer_without_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="the question was not answered"):
        watch(tmp_path, "does not cite")


def test_a_start_that_ends_early_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"(?s)did not reach the stage 'the layer answers.*no disk is left"):
        watch(tmp_path, "ends")
