"""The switch to another model is atomic and complete while the service answers, and can be rolled back."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.processes import started, until
from tests.reembed.installation import Client, Installation, tale
from tests.uploading import ready

VALID = "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text LIKE 'embeddings_hnsw_%' AND indisvalid"


@contextmanager
def continuous_uploads(client: Client) -> Iterator[list[str]]:
    """Upload and delete documents until uploads are refused; yields the growing list of ids that are kept."""
    kept_ids: list[str] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file = {"file": (f"passing {number}.txt", tale(10_000 + 10 * number, 3).encode())}
            answer = client.http.post("/documents/upload", files=file)
            if answer.status_code == 503:
                assert answer.json()["code"] == "other_embedding_space", answer.text
                return
            id = ready(client.http, answer)["id"]
            if number % 2:
                client.delete(id)
            else:
                kept_ids.append(id)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield kept_ids
    finally:
        stop.set()
        thread.join()


@pytest.mark.timeout(400)
def test_the_old_model_answers_until_the_new_one_has_every_chunk(installation: Installation) -> None:
    with installation.running("alder") as client:
        kept, doomed = client.upload(tale(0, 150), "kept.md"), client.upload(tale(500, 20), "doomed.md")
        text = client.chunk(kept)
        with (
            continuous_uploads(client) as kept_ids,
            started(installation.command(*installation.model("birch")), installation.environment()) as program,
        ):
            deleted = False
            while program.process.poll() is None:
                answer = client.search(text)
                if answer.status_code == 200:
                    assert answer.json()["hits"][0]["text"] == text
                    assert answer.json()["hits"][0]["dense_score"] > 0.999
                else:
                    assert answer.json()["code"] in ("not_ready", "other_embedding_space")
                if not deleted:
                    client.delete(doomed)
                    deleted = True
            assert program.process.returncode == 0, program.text
            until(
                lambda: client.search(text).json().get("code") == "other_embedding_space",
                20,
                "the old model's searches are refused",
            )
        problem = client.search(text).json()
        assert problem["status"] == 503
        assert "mystack reembed" in problem["detail"]
        assert len(kept_ids) > 0
        assert installation.spaces() == {"alder": ("retired", 0), "birch": ("active", 0)}
    with installation.running("birch") as client:
        for id in (kept, *kept_ids):
            text = client.chunk(id)
            hit = client.search(text).json()["hits"][0]
            assert (hit["text"], hit["dense_score"] > 0.999) == (text, True)
        assert client.http.get(f"/documents/{doomed}").status_code == 404


@pytest.mark.timeout(400)
def test_a_run_that_was_killed_is_continued_by_the_next_one(installation: Installation) -> None:
    with installation.running("alder") as client:
        text = client.chunk(client.upload(tale(0, 400), "long.md"))
        for least in (1, 150, 300):
            with started(installation.command(*installation.model("birch")), installation.environment()) as program:
                until(
                    lambda least=least: filled(installation) >= least or program.process.poll() is not None,
                    100,
                    program.text,
                )
                program.send(signal.SIGKILL)
            assert installation.spaces()["alder"] == ("active", 0)
            assert client.search(text).json()["hits"][0]["text"] == text
        seen = filled(installation)
        done = installation.reembed(*installation.model("birch"))
        assert done.returncode == 0, done.stderr
        assert "embedded in birch@" in done.stdout
        assert seen >= 300
        assert installation.spaces() == {"alder": ("retired", 0), "birch": ("active", 0)}
        with installation.database() as connection:
            assert connection.execute(VALID).fetchone() == (2,)
    again = installation.reembed(*installation.model("birch"))
    assert (again.returncode, "already" in again.stdout) == (0, True)


def filled(installation: Installation) -> int:
    """The number of chunks with a vector in the second space."""
    query = "SELECT count(*) FROM embeddings JOIN embedding_spaces ON id = space_id WHERE name LIKE 'birch@%'"
    with installation.database() as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


@pytest.mark.timeout(400)
def test_after_a_rollback_the_former_model_finds_later_uploads(installation: Installation) -> None:
    with installation.running("alder") as client:
        old = client.upload(tale(0, 5), "old.md")
    assert installation.reembed(*installation.model("birch")).returncode == 0
    assert installation.reembed("--rollback").returncode == 0, "without later uploads no model is needed"
    assert installation.reembed("--rollback").returncode == 0, "and a second rollback returns to the new one"
    with installation.running("birch") as client:
        new = client.upload(tale(50, 5), "new.md")
    refused = installation.reembed("--rollback", *installation.model("birch"))
    assert refused.returncode == 2
    assert "chunks were uploaded since and have no vector in alder@" in refused.stderr
    assert installation.spaces()["birch"] == ("active", 0)
    assert installation.reembed("--rollback", *installation.model("alder")).returncode == 0
    with installation.running("alder") as client:
        for id in (old, new):
            text = client.chunk(id)
            assert client.search(text).json()["hits"][0]["text"] == text


@pytest.mark.timeout(300)
def test_a_service_with_another_model_reports_it_from_its_start(installation: Installation) -> None:
    with installation.running("alder") as client:
        id = client.upload(tale(0, 5), "note.md")
    with installation.running("birch") as client:
        health = client.http.get("/health").json()
        (space,) = [entry for entry in health["dependencies"] if entry["name"] == "embedding_space"]
        assert (health["status"], space["status"]) == ("degraded", "degraded")
        for message in (
            space["reason"],
            client.search("a lamp").json()["detail"],
            client.search("a lamp", "sparse").json()["detail"],
        ):
            assert "embedded in alder@" in message
            assert "`mystack reembed" in message
        answer = client.http.post("/documents/upload", files={"file": ("more.md", b"more of it")})
        assert (answer.status_code, answer.json()["code"]) == (503, "other_embedding_space")
        assert client.http.get(f"/documents/{id}").status_code == 200
    assert "embedded in alder@" in (installation.folder.parent / "layer.log").read_text()


@pytest.mark.timeout(300)
def test_a_model_with_a_shorter_window_than_the_chunks_is_refused(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "note.md")
    refused = installation.reembed(*installation.model("short"))
    assert refused.returncode == 2
    assert "the model reads 38" in refused.stderr
    assert "Choose one that reads more" in refused.stderr
    assert installation.spaces()["alder"] == ("active", 0)


@pytest.mark.timeout(300)
def test_a_rollback_without_a_former_space_is_refused(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "note.md")
    refused = installation.reembed("--rollback")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "mystack: There is no former embedding space to return to."
