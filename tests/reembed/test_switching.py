"""Another model takes over, atomically and for all documents, while the service answers; and gives back again."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.processes import started, until
from tests.reembed.house import House, Reader, tale
from tests.uploading import ready

VALID = "SELECT count(*) FROM pg_index WHERE indexrelid::regclass::text LIKE 'embeddings_hnsw_%' AND indisvalid"


@contextmanager
def coming_and_going(reader: Reader) -> Iterator[list[str]]:
    """Documents are uploaded and deleted all the time; yields the ids of those that stay, until uploads are refused."""
    stays: list[str] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            file = {"file": (f"passing {number}.txt", tale(10_000 + 10 * number, 3).encode())}
            answer = reader.http.post("/documents/upload", files=file)
            if answer.status_code == 503:
                assert answer.json()["code"] == "other_embedding_space", answer.text
                return
            id = ready(reader.http, answer)["id"]
            if number % 2:
                reader.delete(id)
            else:
                stays.append(id)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield stays
    finally:
        stop.set()
        thread.join()


@pytest.mark.timeout(400)
def test_the_old_model_answers_until_the_new_one_has_everything(house: House) -> None:
    with house.running("alder") as reader:
        kept, doomed = reader.upload(tale(0, 150), "kept.md"), reader.upload(tale(500, 20), "doomed.md")
        text = reader.chunk(kept)
        with (
            coming_and_going(reader) as stays,
            started(house.command(*house.model("birch")), house.environment()) as program,
        ):
            deleted = False
            while program.process.poll() is None:
                answer = reader.search(text)
                if answer.status_code == 200:
                    assert answer.json()["hits"][0]["text"] == text
                    assert answer.json()["hits"][0]["dense_score"] > 0.999
                else:
                    assert answer.json()["code"] in ("not_ready", "other_embedding_space")
                if not deleted:
                    reader.delete(doomed)
                    deleted = True
            assert program.process.returncode == 0, program.text
            until(lambda: reader.search(text).json().get("code") == "other_embedding_space", 20, "it tells")
        problem = reader.search(text).json()
        assert problem["status"] == 503
        assert "mystack reembed" in problem["detail"]
        assert len(stays) > 0
        assert house.spaces() == {"alder": ("retired", 0), "birch": ("active", 0)}
    with house.running("birch") as reader:
        for id in (kept, *stays):
            text = reader.chunk(id)
            hit = reader.search(text).json()["hits"][0]
            assert (hit["text"], hit["dense_score"] > 0.999) == (text, True)
        assert reader.http.get(f"/documents/{doomed}").status_code == 404


@pytest.mark.timeout(400)
def test_killed_and_begun_again_it_ends_with_everything(house: House) -> None:
    with house.running("alder") as reader:
        text = reader.chunk(reader.upload(tale(0, 400), "long.md"))
        for least in (1, 150, 300):
            with started(house.command(*house.model("birch")), house.environment()) as program:
                until(
                    lambda least=least: filled(house) >= least or program.process.poll() is not None, 100, program.text
                )
                program.send(signal.SIGKILL)
            assert house.spaces()["alder"] == ("active", 0)
            assert reader.search(text).json()["hits"][0]["text"] == text
        seen = filled(house)
        done = house.reembed(*house.model("birch"))
        assert done.returncode == 0, done.stderr
        assert "embedded in birch@" in done.stdout
        assert seen >= 300
        assert house.spaces() == {"alder": ("retired", 0), "birch": ("active", 0)}
        with house.database() as connection:
            assert connection.execute(VALID).fetchone() == (2,)
    again = house.reembed(*house.model("birch"))
    assert (again.returncode, "already" in again.stdout) == (0, True)


def filled(house: House) -> int:
    """How many chunks have a vector of the second space."""
    query = "SELECT count(*) FROM embeddings JOIN embedding_spaces ON id = space_id WHERE name LIKE 'birch@%'"
    with house.database() as connection:
        return int((connection.execute(query).fetchone() or (0,))[0])


@pytest.mark.timeout(400)
def test_rolled_back_the_former_model_finds_what_came_since(house: House) -> None:
    with house.running("alder") as reader:
        old = reader.upload(tale(0, 5), "old.md")
    assert house.reembed(*house.model("birch")).returncode == 0
    assert house.reembed("--rollback").returncode == 0, "nothing came since: no model is needed"
    assert house.reembed("--rollback").returncode == 0, "and back again"
    with house.running("birch") as reader:
        new = reader.upload(tale(50, 5), "new.md")
    refused = house.reembed("--rollback", *house.model("birch"))
    assert refused.returncode == 2
    assert "chunks were uploaded since and have no vector in alder@" in refused.stderr
    assert house.spaces()["birch"] == ("active", 0)
    assert house.reembed("--rollback", *house.model("alder")).returncode == 0
    with house.running("alder") as reader:
        for id in (old, new):
            text = reader.chunk(id)
            assert reader.search(text).json()["hits"][0]["text"] == text


@pytest.mark.timeout(300)
def test_a_service_with_another_model_says_so_at_its_start(house: House) -> None:
    with house.running("alder") as reader:
        id = reader.upload(tale(0, 5), "note.md")
    with house.running("birch") as reader:
        health = reader.http.get("/health").json()
        (space,) = [entry for entry in health["dependencies"] if entry["name"] == "embedding_space"]
        assert (health["status"], space["status"]) == ("degraded", "degraded")
        for said in (
            space["reason"],
            reader.search("a lamp").json()["detail"],
            reader.search("a lamp", "sparse").json()["detail"],
        ):
            assert "embedded in alder@" in said
            assert "`mystack reembed" in said
        answer = reader.http.post("/documents/upload", files={"file": ("more.md", b"more of it")})
        assert (answer.status_code, answer.json()["code"]) == (503, "other_embedding_space")
        assert reader.http.get(f"/documents/{id}").status_code == 200
    assert "embedded in alder@" in (house.folder.parent / "layer.log").read_text()


@pytest.mark.timeout(300)
def test_a_model_that_cannot_read_the_chunks_whole_is_refused(house: House) -> None:
    with house.running("alder") as reader:
        reader.upload(tale(0, 5), "note.md")
    refused = house.reembed(*house.model("short"))
    assert refused.returncode == 2
    assert "the model reads 38" in refused.stderr
    assert "Choose one that reads more" in refused.stderr
    assert house.spaces()["alder"] == ("active", 0)


@pytest.mark.timeout(300)
def test_there_must_be_something_to_return_to(house: House) -> None:
    with house.running("alder") as reader:
        reader.upload(tale(0, 5), "note.md")
    refused = house.reembed("--rollback")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "mystack: There is no former embedding space to return to."
