"""The switch to another model is atomic and complete while the service answers, and can be rolled back."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mystack.project import find_layer
from tests.cli.processes import started, until
from tests.migrate.test_killed import LAYER_OF_TENANTS
from tests.reembed.installation import Client, Installation, tale
from tests.uploading import ready

SURPLUS = "SELECT count(*) - (SELECT count(*) FROM chunks) FROM embeddings"
VALID = "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text LIKE 'embeddings_hnsw_%' AND indisvalid"


@contextmanager
def continuous_uploads(client: Client) -> Iterator[list[str]]:
    """Upload and delete documents, and repeat what a switch refuses; yields the growing list of ids that are kept."""
    kept_ids: list[str] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            file = {"file": (f"passing {number}.txt", tale(10_000 + 10 * number, 3).encode())}
            answer = client.http.post("/documents/upload", files=file)
            if answer.status_code == 503:
                assert answer.json()["code"] in ("other_embedding_space", "not_ready"), answer.text
                continue
            id = ready(client.http, answer)["id"]
            number += 1
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


def runs(client: Client, model: str) -> bool:
    space = client.space()
    return space["status"] == "ok" and f"embedded in {model}@" in space["reason"]


def follows(client: Client, model: str, seconds: float = 30) -> None:
    """Wait until the running service answers with that model."""
    until(lambda: runs(client, model), seconds, f"the service runs {model}")


@pytest.mark.timeout(400)
def test_a_running_service_answers_throughout_and_then_with_the_new_model(installation: Installation) -> None:
    with installation.running("alder") as client:
        kept, doomed = client.upload(tale(0, 150), "kept.md"), client.upload(tale(500, 20), "doomed.md")
        text = client.chunk(kept)
        with (
            continuous_uploads(client) as kept_ids,
            started(installation.command(*installation.model("birch")), installation.environment()) as program,
        ):
            deleted, switched = False, False
            while not (program.process.poll() is not None and switched):
                answer = client.search(text)
                assert answer.status_code == 200, answer.text
                assert answer.json()["hits"][0]["text"] == text
                assert answer.json()["hits"][0]["dense_score"] > 0.999
                switched = runs(client, "birch")
                if not deleted:
                    client.delete(doomed)
                    deleted = True
            assert program.process.returncode == 0, program.text
        later = client.upload(tale(900, 3), "later.md")
        assert len(kept_ids) > 0
        spaces = installation.spaces()
        assert spaces["birch"] == ("active", 0)
        assert spaces["alder"][0] == "retired"
        for id in (kept, *kept_ids, later):
            text = client.chunk(id)
            hit = client.search(text).json()["hits"][0]
            assert (hit["text"], hit["dense_score"] > 0.999) == (text, True)
        assert client.http.get(f"/documents/{doomed}").status_code == 404


@pytest.mark.timeout(400)
def test_a_running_service_follows_a_rollback_and_a_second_switch(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "old.md")
        assert installation.reembed(*installation.model("birch")).returncode == 0
        follows(client, "birch")
        client.upload(tale(50, 5), "new.md")
        assert installation.reembed("--rollback", *installation.model("alder")).returncode == 0
        follows(client, "alder")
        assert installation.reembed(*installation.model("birch")).returncode == 0
        follows(client, "birch")
        for text in map(client.chunk, client.ids()):
            assert client.search(text).json()["hits"][0]["text"] == text


@pytest.mark.timeout(600)
def test_a_library_moves_to_the_model_of_many_languages_by_its_name_and_back(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "old.md")
        hours = client.upload("Библиотека открывается в девять часов утра, кроме воскресенья.", "hours.txt")
        moved = installation.reembed("--model", "multilingual-e5-small")
        assert moved.returncode == 0, moved.stderr
        follows(client, "multilingual-e5-small", 120)
        assert client.search("When does the library open?").json()["hits"][0]["document_id"] == hours
        assert installation.reembed("--rollback", *installation.model("alder")).returncode == 0
        follows(client, "alder")
    assert installation.spaces() == {"alder": ("active", 0), "multilingual-e5-small": ("retired", 0)}


@pytest.mark.timeout(400)
def test_a_service_that_starts_with_another_model_loads_that_of_the_documents(installation: Installation) -> None:
    with installation.running("alder") as client:
        text = client.chunk(client.upload(tale(0, 5), "note.md"))
    with installation.running("birch") as client:
        hit = client.search(text).json()["hits"][0]
        assert (hit["text"], hit["dense_score"] > 0.999) == (text, True)
        assert client.space()["status"] == "ok"
        assert "the settings name the model of birch@" in client.space()["reason"]
        client.upload(tale(50, 5), "more.md")
    assert installation.spaces() == {"alder": ("active", 0)}


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
            assert connection.execute(VALID).fetchone() == (indexes_for(2),)
    again = installation.reembed(*installation.model("birch"))
    assert (again.returncode, "already" in again.stdout) == (0, True)


def indexes_for(spaces: int) -> int:
    """Layers with tenants have no index over all vectors."""
    return 0 if find_layer().number >= LAYER_OF_TENANTS else spaces


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
def test_a_service_that_cannot_load_the_model_of_the_documents_says_what_to_do(installation: Installation) -> None:
    with installation.running("alder") as client:
        id = client.upload(tale(0, 5), "note.md")
    (installation.models / "alder").rename(installation.models / "elsewhere")
    try:
        with installation.running("birch") as client:
            assert client.http.get("/health").json()["status"] == "degraded"
            assert client.space()["status"] == "degraded"
            for message in (
                client.space()["reason"],
                client.search("a lamp").json()["detail"],
                client.search("a lamp", "sparse").json()["detail"],
            ):
                assert "embedded in alder@" in message
                assert "config.json" in message
                assert "`mystack reembed" in message
            answer = client.http.post("/documents/upload", files={"file": ("more.md", b"more of it")})
            assert (answer.status_code, answer.json()["code"]) == (503, "other_embedding_space")
            assert client.http.get(f"/documents/{id}").status_code == 200
    finally:
        (installation.models / "elsewhere").rename(installation.models / "alder")
    assert "embedded in alder@" in (installation.folder.parent / "layer.log").read_text()


@pytest.mark.timeout(400)
def test_retired_vectors_are_deleted_on_request_while_the_service_answers(installation: Installation) -> None:
    with installation.running("alder") as client:
        text = client.chunk(client.upload(tale(0, 20), "note.md"))
        nothing = installation.reembed("--drop-retired", "--yes")
        assert (nothing.returncode, "There is no retired embedding space" in nothing.stderr) == (2, True)
        assert installation.reembed(*installation.model("birch")).returncode == 0
        follows(client, "birch")
        unconfirmed = installation.reembed("--drop-retired")
        assert unconfirmed.returncode != 0
        assert installation.spaces() == {"alder": ("retired", 0), "birch": ("active", 0)}
        dropped = installation.reembed("--drop-retired", "--yes")
        assert (dropped.returncode, "Deleted: alder@" in dropped.stdout) == (0, True), dropped.stderr
        assert installation.spaces() == {"birch": ("active", 0)}
        with installation.database() as connection:
            assert connection.execute(VALID).fetchone() == (indexes_for(1),)
            assert connection.execute(SURPLUS).fetchone() == (0,)
        assert client.search(text).json()["hits"][0]["text"] == text
        refused = installation.reembed("--rollback")
        assert (refused.returncode, "no former embedding space" in refused.stderr) == (2, True)


@pytest.mark.timeout(300)
def test_a_model_with_a_shorter_window_than_the_chunks_is_refused(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "note.md")
    refused = installation.reembed(*installation.model("short"))
    assert refused.returncode == 2
    assert "the model reads 38" in refused.stderr
    assert "Choose a model with a larger window" in refused.stderr
    assert installation.spaces()["alder"] == ("active", 0)


@pytest.mark.timeout(300)
def test_a_rollback_without_a_former_space_is_refused(installation: Installation) -> None:
    with installation.running("alder") as client:
        client.upload(tale(0, 5), "note.md")
    refused = installation.reembed("--rollback")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "mystack: There is no former embedding space to return to."
