"""`mystack ingest` uploads files and folders, and reports the outcome of each."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mystack.ingest import IMAGE_SUFFIXES, SUFFIXES
from mystack.project import ROOT
from tests.cli.stub_layer import StubLayer

Invoke = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents, one of them in a subfolder, among other files."""
    (tmp_path / "sub" / ".git").mkdir(parents=True)
    (tmp_path / "a.md").write_text("# A")
    (tmp_path / "sub" / "b.TXT").write_text("B")
    for other in (".hidden.md", "image.png", "sub/.git/c.txt"):
        (tmp_path / other).write_text("not a document")
    return tmp_path


def test_a_folder_is_uploaded_with_its_subfolders_but_without_hidden_files(
    layer: StubLayer, invoke: Invoke, folder: Path
) -> None:
    result = invoke("ingest", folder, "--url", layer.url)
    assert result.exit_code == 0
    assert sorted(layer.documents.values()) == ["a.md", "b.TXT"]
    assert "2 new (6 chunks)" in result.stdout


def test_all_formats_that_layer_2_reads_are_taken_from_a_folder() -> None:
    supported = runpy.run_path(str(ROOT / "layer2_rag/api/services/parsing/supported.py"))
    assert supported["SUFFIXES"] == SUFFIXES
    assert supported["IMAGE_SUFFIXES"] == IMAGE_SUFFIXES


def test_images_of_a_folder_are_uploaded_to_a_layer_with_ocr(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    for name in ("scan.png", "sub/scan.JPG"):
        (folder / name).write_bytes(b"\x89PNG" + name.encode())
    result = invoke("ingest", folder, "--url", layer.url)
    assert result.exit_code == 0
    assert sorted(layer.documents.values()) == ["a.md", "b.TXT", "scan.JPG", "scan.png"]


def test_a_layer_without_ocr_is_asked_once_and_its_reason_is_shown(
    layer: StubLayer, invoke: Invoke, folder: Path
) -> None:
    layer.has_ocr = False
    for name in ("one.png", "two.png", "three.png"):
        (folder / name).write_bytes(b"\x89PNG" + name.encode())
    result = invoke("ingest", folder, "--url", layer.url)
    assert (result.exit_code, layer.refused) == (0, 1)
    assert "2 new" in result.stdout
    assert "3 images not uploaded: unsupported_document: This is a PNG image. Install OCR." in result.stdout
    named = invoke("ingest", folder / "one.png", "--url", layer.url)
    assert (named.exit_code, "1 failed" in named.stdout) == (1, True)


def test_no_recursive_excludes_subfolders(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    invoke("ingest", folder, "--no-recursive", "--url", layer.url)
    assert list(layer.documents.values()) == ["a.md"]


def test_a_file_named_twice_is_uploaded_once_and_is_a_duplicate_later(
    layer: StubLayer, invoke: Invoke, folder: Path
) -> None:
    file = folder / "a.md"
    assert "1 new" in invoke("ingest", file, file, "--url", layer.url).stdout
    again = invoke("ingest", file, "--url", layer.url)
    assert again.exit_code == 0
    assert "1 duplicate" in again.stdout


def test_a_failed_file_is_named_with_its_reason_and_the_others_are_uploaded(
    layer: StubLayer, invoke: Invoke, folder: Path
) -> None:
    (folder / "bad.txt").write_bytes(b"\0")
    result = invoke("ingest", folder, "--url", layer.url, "--concurrency", 1)
    assert result.exit_code == 1
    assert "2 new" in result.stdout
    assert f"{folder / 'bad.txt'}: unsupported_document: This is not a document." in result.stdout


def test_a_new_file_is_named_with_what_was_left_out_of_it(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    (folder / "sales.md").write_text("A chart.\n[chart]")
    result = invoke("ingest", folder, "--url", layer.url)
    assert f"{folder / 'sales.md'}: A chart was left out." in result.stdout
    assert "a.md" not in result.stdout
    assert (
        "chart" not in invoke("ingest", folder, "--url", layer.url).stdout.partition("new")[2].partition("duplicate")[0]
    )


def test_a_missing_api_key_is_named_and_a_given_one_is_sent(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    layer.key = "let-me-in"
    refused = invoke("ingest", folder, "--url", layer.url)
    assert refused.exit_code == 2
    assert "--api-key" in refused.stderr
    assert invoke("ingest", folder, "--url", layer.url, "--api-key", layer.key).exit_code == 0


def test_a_layer_without_documents_is_one_sentence(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    layer.stores_documents = False
    result = invoke("ingest", folder, "--url", layer.url)
    assert result.exit_code == 2
    assert "start a later layer" in result.stderr


def test_no_file_to_upload_is_one_sentence(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    (folder / "empty").mkdir()
    missing = invoke("ingest", folder / "nowhere", "--url", layer.url)
    empty = invoke("ingest", folder / "empty", "--url", layer.url)
    assert (missing.exit_code, "there is no file or folder" in missing.stderr) == (2, True)
    assert (empty.exit_code, "no document (" in empty.stderr) == (2, True)


def test_no_server_is_one_sentence(invoke: Invoke, folder: Path) -> None:
    result = invoke("ingest", folder, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "no server answers" in result.stderr


def test_an_upload_to_a_busy_layer_is_retried(layer: StubLayer, invoke: Invoke, folder: Path) -> None:
    layer.busy = 3
    result = invoke("ingest", folder, "--url", layer.url)
    assert result.exit_code == 0
    assert "2 new" in result.stdout
