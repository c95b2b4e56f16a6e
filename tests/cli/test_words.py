"""Every error of a command is one sentence that says what to do next."""

import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.responses import JSONResponse
from typer.testing import Result

from mystack.cli import MODULES, PANELS
from mystack.cli import app as cli
from mystack.project import ROOT
from tests.cli.processes import descendants, run, started, until
from tests.cli.stub_layer import StubLayer

Invoke = Callable[..., Result]

INTERRUPTED_AT = """
import os, runpy, signal, sys

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == WHEN:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

WHEN = sys.argv.pop(1)
sys.meta_path.insert(0, Interrupt())
runpy.run_module("mystack", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("arguments", "next_step"),
    [
        (["ask", "hi", "--url", "foo"], "give one such as http://127.0.0.1:8000"),
        (["ask", "hi", "--url", "http://"], "give one such as http://127.0.0.1:8000"),
        (["ask", "hi", "--url", "http://127.0.0.1:8o00"], "give one such as http://127.0.0.1:8000"),
        (["ask", "hi", "--url", "http://127.0.0.1:9"], "start one with `make run`"),
        (["ingest", "absent.pdf"], "there is no file or folder absent.pdf"),
        (["ingest", "mystack/bench"], "no document (.csv"),
        (["run", "99"], "this checkout has 1"),
        (["check-stores", "--layer", "1"], "layer 1 has one store or none"),
        (["test", "everything"], "neither a layer's number nor `root`"),
        (["bench", "99"], "this checkout has 1"),
        (["eval", "--squad", "absent.json"], "absent.json"),
        (["layers", "why", "absent.py"], "`mystack layers diff N` shows the paths"),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, list) else "",
)
def test_bad_input_is_refused_in_one_sentence(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, arguments: list[str], next_step: str
) -> None:
    monkeypatch.chdir(ROOT)
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("mystack: ")
    assert result.stderr.count("\n") == 1
    assert next_step in result.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["run", "--prot", "1"], "--port"),
        (["run", "--port", "80000"], "--port"),
        (["ask"], "question"),
        (["ask", "hi", "--top-k", "none"], "--top-k"),
        (["nonsense"], "nonsense"),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, list) else "",
)
def test_an_unknown_option_or_command_is_named(invoke: Invoke, arguments: list[str], named: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert named in result.stderr
    assert "--help" in result.stderr


def test_a_missing_key_and_a_wrong_key_have_different_messages(layer: StubLayer, invoke: Invoke) -> None:
    layer.key = "right"
    missing = invoke("ingest", ROOT / "README.md", "--url", layer.url)
    wrong = invoke("ingest", ROOT / "README.md", "--url", layer.url, "--api-key", "wrong")
    for result, message in ((missing, "requires its API key"), (wrong, "rejects this API key")):
        assert result.exit_code == 2
        assert message in result.stderr
        assert "--api-key" in result.stderr


def test_an_invalid_question_is_explained_once(layer: StubLayer, invoke: Invoke) -> None:
    error = {"location": ["body", "message"], "message": "String should have at least 1 character", "type": "short"}
    detail = "body.message: String should have at least 1 character"
    layer.answer = JSONResponse({"code": "invalid_request", "detail": detail, "errors": [error]}, 422)
    result = invoke("ask", "", "--url", layer.url)
    assert (result.exit_code, result.stderr) == (1, f"mystack: invalid_request: {detail}\n")


def test_a_missing_model_is_not_taken_for_an_older_layer(layer: StubLayer, invoke: Invoke) -> None:
    layer.answer = JSONResponse({"code": "model_not_found", "detail": "Pull it: `ollama pull x`."}, 404)
    result = invoke("ask", "Hello?", "--url", layer.url)
    assert (result.exit_code, result.stderr) == (1, "mystack: model_not_found: Pull it: `ollama pull x`.\n")


def test_a_server_of_another_kind_is_named(invoke: Invoke) -> None:
    other = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with started([*other[1:], str(port)]) as program:
        until(lambda: reachable(port) or program.process.poll() is not None, 20)
        result = invoke("ask", "Hello?", "--url", f"http://127.0.0.1:{port}")
    assert result.exit_code == 2
    assert "is not MyStack (its /health/live returns 404)" in result.stderr


def reachable(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A repository of its own, which can have a `.env`."""
    shutil.copytree(ROOT / "mystack", tmp_path / "mystack", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / ".env.example", tmp_path)
    (tmp_path / "layer1_basic_api").symlink_to(ROOT / "layer1_basic_api")
    return tmp_path


def mystack(root: Path, *arguments: str, **env: str) -> tuple[int, str]:
    """The exit status and the output of a command in that repository."""
    kept = {name: value for name, value in os.environ.items() if name not in ("API_KEY", "MYSTACK_URL")}
    result = run([sys.executable, "-m", "mystack", *arguments], cwd=root, env=kept | {"PYTHONPATH": str(root)} | env)
    return result.returncode, result.stdout + result.stderr


def test_the_key_of_the_env_file_is_used_for_a_layer_on_this_machine(layer: StubLayer, elsewhere: Path) -> None:
    layer.key = "from the file"
    (elsewhere / ".env").write_text("API_KEY=from the file\n")
    status, said = mystack(elsewhere, "ingest", str(ROOT / "README.md"), "--url", layer.url)
    assert (status, "1 new" in said) == (0, True), said


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"API_KEY=\xff\xfe", "UTF-8"), (b"API_KEY=a\nwhat is this\n", ".env, line 2, is not of the form NAME=value")],
    ids=["bytes", "line"],
)
def test_a_broken_env_file_is_one_sentence(elsewhere: Path, content: bytes, said: str) -> None:
    (elsewhere / ".env").write_bytes(content)
    status, output = mystack(elsewhere, "run", "1", "--port", "0")
    assert status == 2
    assert said in output
    assert "Traceback" not in output


def test_a_misspelt_setting_in_the_env_file_is_named(elsewhere: Path) -> None:
    (elsewhere / ".env").write_text("OLAMA_MODEL=llama3.2\nHTTPS_PROXY=http://127.0.0.1:3128\n")
    _, said = mystack(elsewhere, "run", "1", "--host", "192.0.2.1")
    assert "unknown setting OLAMA_MODEL in .env; did you mean OLLAMA_MODEL?" in said
    assert "HTTPS_PROXY" not in said


def test_a_terminal_without_some_characters_shows_the_others(layer: StubLayer, elsewhere: Path) -> None:
    layer.answer = [("token", {"text": "“Yes.”"}), ("done", {"response": "“Yes.”"})]
    status, said = mystack(elsewhere, "ask", "Hello?", "--url", layer.url, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (status, said) == (0, "?Yes.?\n")


@pytest.mark.parametrize("verb", ["run", "ingest", "ask", "check", "check-stores", "test", "layers"])
def test_help_fits_a_narrow_terminal(invoke: Invoke, monkeypatch: pytest.MonkeyPatch, verb: str) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = invoke(verb, "--help")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 40


def test_the_help_groups_the_commands_with_those_of_users_first(invoke: Invoke) -> None:
    shown = invoke("--help").stdout
    panels = ["Use MyStack", "Manage stored documents", "Measure", "Develop MyStack"]
    positions = [shown.index(panel) for panel in panels]
    assert positions == sorted(positions)
    assert [name for name in ("run", "ingest", "ask") if f"│ {name} " not in shown[: positions[1]]] == []
    assert not [name for name in ("test", "check", "fuzz", "layers") if f"│ {name} " in shown[: positions[3]]]


def test_every_command_has_a_panel() -> None:
    commands = {
        *MODULES,
        *(command.name or getattr(command.callback, "__name__", "") for command in cli.registered_commands),
    }
    assert commands == {name for names in PANELS.values() for name in names}


@pytest.mark.parametrize("module", ["typer", "httpx2", "mystack.check"])
def test_ctrl_c_during_the_imports_prints_nothing(module: str) -> None:
    result = run([sys.executable, "-c", INTERRUPTED_AT, module, "run", "1"], cwd=ROOT)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "")


def test_ctrl_c_twice_while_a_layer_starts_ends_without_a_traceback() -> None:
    with started(["-m", "mystack", "run", "1", "--port", "0"]) as program:
        program.says("Starting")
        until(lambda: descendants(program.process.pid), 20)
        program.process.send_signal(signal.SIGINT)
        program.send(signal.SIGINT)
        assert "Traceback" not in program.text


def test_ctrl_c_during_an_answer_ends_its_line(layer: StubLayer) -> None:
    layer.answer = [("token", {"text": "Half of"}), ("wait", {})]
    with started(["-m", "mystack", "ask", "Hello?", "--url", layer.url]) as program:
        program.says("Half of")
        assert program.send(signal.SIGINT) == 130
        assert program.text == "Half of\n"
