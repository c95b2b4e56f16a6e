"""The keeper of a deployment outlives whatever comes to its socket, and instances that do not come up again."""

import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mystack.child import Child
from mystack.deploy import rolling
from mystack.deploy.control import Control, asked, listening
from mystack.deploy.proxy import Proxy
from mystack.deploy.release import Release, unpacked
from mystack.deploy.rolling import Deployment, Instance
from mystack.project import ROOT, Refusal
from tests.cli.processes import until

IDLE = ["http.server", "0", "--bind", "127.0.0.1"]
OURS = {"PYTHONPATH": str(ROOT)}
REQUEST = {"repository": "here", "reference": "v5.1.0", "contract": False}


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[list[dict[str, Any]]]:
    """Handles requests until the end of the test; they are the value. `full` fails as a full disk does."""
    handled: list[dict[str, Any]] = []
    over = threading.Event()

    def handle(request: dict[str, Any], say: Callable[[str], None]) -> None:
        if request["reference"] == "full":
            raise OSError(28, "No space left on device")
        handled.append(request)
        say("working")

    def keep(control: Control) -> None:
        while not over.is_set():
            control.serve(0.05, handle)

    with listening(tmp_path) as control:
        thread = threading.Thread(target=keep, args=(control,))
        thread.start()
        yield handled
        over.set()
        thread.join()


def sent(folder: Path, text: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(folder / "control"))
        connection.sendall(text)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1000), b""))


@pytest.mark.parametrize("text", [b"", b"\n", b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b'{"reference": "v1"}\n', b"\xff\n"])
def test_what_is_no_request_is_refused_and_the_next_one_is_handled(
    keeper: list[dict[str, Any]], tmp_path: Path, text: bytes
) -> None:
    assert sent(tmp_path, text).startswith(b"refused: ")
    said: list[str] = []
    assert asked(tmp_path, REQUEST, said.append)
    assert (keeper, said) == ([REQUEST], ["working"])


def test_a_full_disk_is_a_refusal(keeper: list[dict[str, Any]], tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No space left"):
        asked(tmp_path, REQUEST | {"reference": "full"}, print)
    assert asked(tmp_path, REQUEST, lambda text: None)


def test_a_second_keeper_is_refused_and_the_first_one_is_still_asked(
    keeper: list[dict[str, Any]], tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="another deployment in"), listening(tmp_path):
        pytest.fail("two keepers")
    assert asked(tmp_path, REQUEST, lambda text: None)


def test_a_folder_with_too_long_a_name_is_one_sentence(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(Refusal, match="name another folder with --home"):
        asked(folder, REQUEST, print)
    with pytest.raises(Refusal, match="name a shorter folder with --home"), listening(folder):
        pytest.fail("it cannot listen")


def test_an_unknown_release_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"v9\.9\.9 is no tag, branch or commit"):
        unpacked(ROOT, "v9.9.9", tmp_path)


class Failing(Deployment):
    """Its instances are programs that do nothing; they come up when `works`."""

    works = True

    def _start(self, release: Release, place: str = "") -> Instance:
        if not self.works:
            raise Refusal("it was not ready")
        new = Instance(place, release, Child(place, IDLE, cwd=self.folder, env=OURS))
        self.instances.append(new)
        return new


def test_an_instance_that_does_not_come_up_is_tried_again_while_the_other_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rolling, "RESTART_SECONDS", 0.05)
    nobody = Child("proxy", IDLE, cwd=tmp_path, env=OURS)
    release = Release("v5.1.0", tmp_path, Path("python"))
    deployment, said = Failing(Proxy(nobody, {"a": 1, "b": 2, "c": 3}, tmp_path), {}, tmp_path), list[str]()
    try:
        first, second = deployment._start(release, "a"), deployment._start(release, "b")
        deployment.works = False
        first.child.stop()
        deployment.tend(said.append)
        assert deployment.instances == [second]
        assert said[-1] == "place a did not come up, and is tried again: it was not ready"
        deployment.works = True
        until(lambda: deployment.tend(said.append) or len(deployment.instances) == 2)
        assert [instance.place for instance in deployment.instances] == ["b", "a"]
    finally:
        deployment.stop_all()
        nobody.stop()
