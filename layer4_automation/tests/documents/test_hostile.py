"""Hostile and unusual documents, uploaded to a running layer: each gets its response in time, without effect on others.

The fixture `aftermath` uploads all of them once, one after the other; the tests examine the results.
"""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.library import ready
from tests.parsing import documents as make
from tests.parsing import hostile, office_files, old_office
from tests.servers.processes import megabytes
from tests.servers.watched import Seen, layer_process, watching
from tests.stores.opened import opened

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and only Linux limits the memory")

SECONDS = 3.0
"""Time limit of one document."""
MEGABYTES = 100
STATUS = {"document_bomb": 400, "unreadable_document": 400, "document_too_large": 413, "unsupported_document": 415}

Make = Callable[[], bytes]
REFUSED: Mapping[str, tuple[Make, str, str]] = {
    "60 kB to 20 MB.docx": (lambda: hostile.docx_bomb(20), "document_bomb", "unpacks to far more"),
    "2 MB to 2 GB.docx": (lambda: hostile.docx_bomb(2047), "document_bomb", "unpacks to far more"),
    "a bomb that lies.docx": (lambda: hostile.docx_bomb(200, claimed=100), "document_bomb", "false sizes"),
    "a renamed bomb.pdf": (lambda: hostile.docx_bomb(2046), "document_bomb", "unpacks to far more"),
    "10,000 parts.docx": (lambda: hostile.docx_of_parts(10_000), "document_bomb", "parts"),
    "deep.docx": (lambda: hostile.docx_of_body("<w:p>" * 100_000), "unreadable_document", "damaged"),
    "cut.docx": (lambda: hostile.docx()[:9_000], "unreadable_document", "cut off"),
    "cut.pdf": (lambda: make.pdf("Some words.", "More words.")[:900], "unreadable_document", "cut off"),
    "encrypted.pdf": (make.encrypted_pdf, "unreadable_document", "encrypted"),
    "own parents.pdf": (hostile.pdf_whose_pages_are_their_own_parents, "unreadable_document", "damaged"),
    "doubling.pdf": (hostile.pdf_of_a_tree_that_doubles, "unreadable_document", "damaged"),
    "objects.pdf": (hostile.pdf_whose_objects_hold_themselves, "unreadable_document", "damaged"),
    "forms.pdf": (hostile.pdf_of_forms_that_draw_forms, "document_bomb", "time or memory"),
    "own form.pdf": (hostile.pdf_of_a_form_that_draws_itself, "document_bomb", "time or memory"),
    "75 MB.pdf": (hostile.pdf_of_a_huge_page, "document_bomb", "time or memory"),
    "5,000 pages.pdf": (lambda: make.pdf_of_blank_pages(5_000), "document_bomb", "5,000 pages"),
    "scan.pdf": (lambda: make.pdf("", ""), "unreadable_document", "no text layer"),
    "scripts.html": (lambda: b"<html><script>" + b"steal();" * 50_000, "unreadable_document", "no text"),
    "nested.html": (lambda: b"<html>" + b"<div>" * 1_000_000, "document_bomb", "nested too deeply"),
    "nested.md": (lambda: b"# A\n\n<div>\n" + b"<div>" * 1_000_000, "document_bomb", "nested too deeply"),
    "slow.html": (lambda: hostile.SLOW_HTML, "document_bomb", "longer than 3 seconds"),
    "long.txt": (lambda: b"word " * 1_000_000, "document_too_large", "4,000,000 characters"),
    "titles.html": (lambda: b"<html>" + b"<h1>a</h1>b" * 20_001, "document_too_large", "20,000 chunks"),
    "utf-32 unmarked.txt": (lambda: "Words.".encode("utf-32-le") * 50, "unsupported_document", "not text"),
    "program.pdf": (lambda: b"\x7fELF" + bytes(range(256)) * 8, "unsupported_document", "a program"),
    "noise.txt": (lambda: bytes(range(128, 256)) * 100, "unsupported_document", "not text"),
    "bomb.pptx": (lambda: hostile.bomb(office_files.pptx(("a", "b")), 20), "document_bomb", "unpacks to far more"),
    "bomb.xlsx": (
        lambda: hostile.bomb(office_files.xlsx({"a": (("b",),)}), 20),
        "document_bomb",
        "unpacks to far more",
    ),
    "bomb.odt": (lambda: hostile.bomb(office_files.odt(), 20), "document_bomb", "unpacks to far more"),
    "bomb.epub": (lambda: hostile.bomb(office_files.epub(("a", "b")), 20), "document_bomb", "unpacks to far more"),
    "laughs.xml": (lambda: hostile.LAUGHS, "document_bomb", "entities"),
    "deep.xml": (lambda: b"<a>" * 1_000_000, "document_bomb", "nested too deeply"),
    "deep.json": (lambda: b"[" * 1_000_000, "document_bomb", "nested too deeply"),
    "deep.rtf": (lambda: rb"{\rtf1 " + b"{" * 200_000, "unreadable_document", "no text"),
    "cut.json": (lambda: b'[{"a": 1}, {"a"', "unreadable_document", "line 1, column 16"),
    "cut.msg": (lambda: old_office.msg({0x37: "a"})[:3_000], "unreadable_document", "cut off"),
    "cell.csv": (lambda: b'a,b\n1,"' + b"x" * 5_000_000, "unreadable_document", "quotation mark"),
    "wide.csv": (lambda: b"a," * 1_200_000, "document_too_large", "4,000,000 characters"),
    "parts.eml": (lambda: hostile.mail_in_mail(3_000), "document_bomb", "nested too deeply"),
    "empty.txt": (lambda: b"", "unreadable_document", "empty"),
    "blank.md": (lambda: b" \n\t\r\n" * 1_000, "unreadable_document", "empty"),
    "invisible.txt": ("\u200b\u2060\ufeff\n".encode, "unreadable_document", "no text"),
}
STORED: Mapping[str, tuple[Make, str]] = {
    "nested archive.docx": (hostile.nested_docx, "Hello there."),
    "circle of tables.pdf": (hostile.pdf_whose_tables_are_a_circle, "Some honest words."),
    "circle of titles.pdf": (hostile.pdf_whose_outline_is_a_circle, "Some honest words."),
    "attachment.pdf": (hostile.pdf_with_a_huge_attachment, "Some honest words."),
    "script.html": (lambda: b"<html><p>Seen.<script>hidden()</script><style>hidden{}</style>", "Seen."),
    "comments.txt": (lambda: b"<!---->" * 100 + b"Seen.", "<!---->" * 100 + "Seen."),
    "dots.txt": (lambda: b"." * 20_000 + b"x", "." * 20_000 + "x"),
    "spaces.html": (lambda: b"<html><pre>a\n" + b" " * 50_000 + b"\nb", "a\n" + " " * 50_000 + "\nb"),
    "utf-16.txt": (lambda: "Marked: Größe.".encode("utf-16"), "Marked: Größe."),
    "utf-16 unmarked.txt": (lambda: "Unmarked: Größe.".encode("utf-16-be"), "Unmarked: Größe."),
    "utf-32.txt": (lambda: "Wide: Größe.".encode("utf-32"), "Wide: Größe."),
    "latin-1.txt": (lambda: "Größe über Maß.".encode("latin-1"), "Größe über Maß."),
    "shift-jis.txt": (lambda: ("この文書は日本語です。\n" * 9).encode("shift-jis"), "この文書は日本語です。\n" * 9),
    "half broken.txt": (lambda: "Größe\n".encode() * 99 + b"\xff", "Größe\n" * 99 + "\ufffd"),
    "surrogates.txt": (lambda: b"\xff\xfea\0\0\xd8b\0", "a\ufffdb"),
}
NAMES = {
    b"../../etc/passwd": "passwd",
    rb"C:\Users\me\notes.txt": "notes.txt",
    b"line\x0bbreak\x1b[31m.md": "line break[31m.md",
    "invoice\u202efdp.exe".encode(): "invoicefdp.exe",
    "ö".encode() * 300 + b".markdown": "ö" * 95 + ".markdown",
    b"\xed\xa0\x80lone.txt": "í lone.txt",
    b"..": "document",
    b"<img src=x>.txt": "<img src=x>.txt",
}


@dataclass
class Aftermath:
    """The results of the uploads: responses with their seconds, listed documents, stored documents."""

    responses: dict[str, tuple[httpx2.Response, float]] = field(default_factory=dict)
    names: dict[bytes, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    before: float = 0.0
    seen: Seen = field(default_factory=Seen)
    listed: set[UUID] = field(default_factory=set)
    on_disk: set[UUID] = field(default_factory=set)
    temporary: list[Path] = field(default_factory=list)
    log: str = ""


@pytest.fixture(scope="module")
def aftermath(needs: Callable[[], dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    settings = needs() | {"llm_provider": "extractive", "use_rag": True, "parse_seconds": SECONDS}
    folder, result = tmp_path_factory.mktemp("hostile"), Aftermath()
    with (
        layer_process(settings, folder) as server,
        httpx2.Client(base_url=server.url, trust_env=False, timeout=60) as client,
    ):
        for honest in (make.pdf("Some honest words."), hostile.docx(), b"<p>Honest words.", b"# Honest words"):
            ready(client, sent(client, b"honest.html", honest))
        documents = {name: build() for name, (build, *_) in REFUSED.items()}
        documents |= {name: build() for name, (build, _) in STORED.items()}
        result.before = megabytes(server.app.pid)
        with watching(server) as result.seen:
            for name, data in documents.items():
                began = time.monotonic()
                result.responses[name] = sent(client, name.encode(), data), time.monotonic() - began
        for raw in NAMES:
            result.names[raw] = ready(client, sent(client, raw, b"The name of this is " + raw))["filename"]
        for name in STORED:
            ready(client, result.responses[name][0])
        read_everything(client, result)
        result.temporary = list((folder / "tmp").iterdir())
    result.log = (folder / "log").read_text()
    result.on_disk = asyncio.run(documents_on_disk(settings))
    return result


def sent(client: httpx2.Client, name: bytes, data: bytes) -> httpx2.Response:
    """Upload a file whose name may be any bytes."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n' % name
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return client.post("/documents/upload", content=head + data + b"\r\n--b--\r\n", headers=headers)


def read_everything(client: httpx2.Client, result: Aftermath) -> None:
    listed = client.get("/documents/list", params={"limit": 200}).json()["documents"]
    result.listed = {UUID(document["id"]) for document in listed}
    for document in listed:
        result.texts[document["filename"]] = client.get(f"/documents/{document['id']}/text").json()["text"]


async def documents_on_disk(settings: Mapping[str, Any]) -> set[UUID]:
    async with opened(settings) as stores:
        return await stores.documents_on_disk()


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_document_is_refused_with_a_reason(aftermath: Aftermath, name: str) -> None:
    response, _ = aftermath.responses[name]
    _, code, words = REFUSED[name]
    problem = response.json()
    assert (response.status_code, problem["code"]) == (STATUS[code], code), problem["detail"]
    assert words in problem["detail"]
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", STORED)
def test_an_unusual_document_is_stored_as_its_reader_sees_it(aftermath: Aftermath, name: str) -> None:
    assert aftermath.texts[name] == STORED[name][1].strip()


@pytest.mark.parametrize("name", NAMES)
def test_file_names_are_made_safe(aftermath: Aftermath, name: bytes) -> None:
    assert aftermath.names[name] == NAMES[name]


def test_no_document_exceeds_the_time_limit(aftermath: Aftermath) -> None:
    assert max(seconds for _, seconds in aftermath.responses.values()) < 2 * SECONDS


def test_other_requests_are_answered_meanwhile(aftermath: Aftermath) -> None:
    waited = sorted(aftermath.seen.waited)
    assert len(waited) > 50
    assert waited[len(waited) // 2] < SECONDS / 20
    assert waited[-1] < SECONDS / 2


def test_the_memory_does_not_grow(aftermath: Aftermath) -> None:
    assert len(aftermath.seen.megabytes) > 50
    assert max(aftermath.seen.megabytes) < aftermath.before + MEGABYTES


def test_nothing_is_left_of_refused_documents(aftermath: Aftermath) -> None:
    refused = {name for name in REFUSED if name in aftermath.texts}
    assert (refused, aftermath.temporary) == (set(), [])
    assert len(aftermath.listed) == 4 + len(STORED) + len(NAMES)
    assert aftermath.on_disk == aftermath.listed
    assert "Traceback" not in aftermath.log
