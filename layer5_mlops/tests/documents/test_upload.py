"""POST /documents/upload."""

import hashlib
import io

import pytest

from api.services.parsing.parser import ODP, ODS, ODT, PPTX, XLSX
from tests.library import Reader
from tests.parsing import documents as make
from tests.parsing import office_files, old_office

SENTENCE = "The lighthouse of Kvarnholm was built in 1887 by Ingrid Falk."

FORMATS = {
    "a.txt": (SENTENCE.encode(), "text/plain"),
    "utf16.txt": (f"utf16. {SENTENCE}".encode("utf-16"), "text/plain"),
    "latin1.txt": (f"Für Åke. {SENTENCE}".encode("latin-1"), "text/plain"),
    "a.md": (f"# Lighthouses\n\n{SENTENCE}\n".encode(), "text/markdown"),
    "a.html": (f"<html><body><h1>Lighthouses</h1><p>{SENTENCE}</p></body></html>".encode(), "text/html"),
    "a.pdf": (make.pdf("First page.", SENTENCE), "application/pdf"),
    "a.docx": (
        make.word(lambda document: document.add_paragraph(SENTENCE)),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "a.csv": (f"id,text\n1,{SENTENCE}\n2,Other words.\n".encode(), "text/csv"),
    "a.tsv": (f"id\ttext\n1\t{SENTENCE}\n".encode(), "text/tab-separated-values"),
    "a.json": (
        f'[{{"id": 1, "text": "{SENTENCE}"}}, {{"id": 2, "text": "Other words."}}]'.encode(),
        "application/json",
    ),
    "a.jsonl": (f'{{"id": 1, "text": "{SENTENCE}"}}\n{{"id": 2}}\n'.encode(), "application/jsonl"),
    "a.xml": (f"<?xml version='1.0'?><a><b id='1'>{SENTENCE}</b><b id='2'>x</b></a>".encode(), "application/xml"),
    "a.vtt": (f"WEBVTT\n\n00:01.000 --> 00:09.000\n{SENTENCE}\n".encode(), "text/vtt"),
    "a.srt": (f"1\n00:00:01,000 --> 00:00:09,000\n{SENTENCE}\n".encode(), "application/x-subrip"),
    "a.eml": (f"From: a@b\nMessage-ID: <1>\nSubject: Towers\n\n{SENTENCE}\n".encode(), "message/rfc822"),
    "a.msg": (old_office.msg({0x37: "Towers", 0x1000: SENTENCE}), "application/vnd.ms-outlook"),
    "a.pptx": (office_files.pptx(("Towers", SENTENCE)), PPTX),
    "a.xlsx": (office_files.xlsx({"Towers": (("id", "text"), (1, SENTENCE))}), XLSX),
    "a.xls": (old_office.xls("Towers", (("id", "text"), (1, SENTENCE))), "application/vnd.ms-excel"),
    "a.doc": (old_office.doc(f"Towers\r{SENTENCE}\r"), "application/msword"),
    "a.ppt": (old_office.ppt(("Towers", SENTENCE)), "application/vnd.ms-powerpoint"),
    "a.odt": (office_files.odt(f"<text:p>{SENTENCE}</text:p>"), ODT),
    "a.ods": (office_files.ods({"Towers": (("id", "text"), ("1", SENTENCE))}), ODS),
    "a.odp": (office_files.odp(("Towers", SENTENCE)), ODP),
    "a.epub": (office_files.epub(("Towers", SENTENCE)), "application/epub+zip"),
    "a.rtf": (office_files.rtf(SENTENCE), "application/rtf"),
}


@pytest.mark.parametrize("name", FORMATS)
async def test_a_ready_document_of_any_format_is_found(reader: Reader, name: str) -> None:
    data, content_type = FORMATS[name]
    document = await reader.uploaded(data, name)
    assert document["status"] == "ready"
    assert (document["warnings"], document["outdated"]) == ([], False)
    assert (document["filename"], document["content_type"]) == (name, content_type)
    assert (document["size_bytes"], document["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    [hit] = await reader.hits("Who built the lighthouse?", document_ids=[document["id"]], top_k=1)
    assert SENTENCE in hit["text"]
    part = await reader.get(f"/documents/{document['id']}/text", start=hit["start"], end=hit["end"])
    assert part["text"] == hit["text"]


async def test_pages_are_counted_and_hits_have_page_numbers(reader: Reader) -> None:
    document = await reader.uploaded(make.pdf("Nothing here.", "On page two stands the Gullmar bridge."), "pages.pdf")
    assert document["pages"] == 2
    [hit] = await reader.hits("Gullmar bridge", document_ids=[document["id"]], mode="sparse", top_k=1)
    assert hit["page"] == 2


async def test_slides_and_sheets_are_pages_of_hits(reader: Reader) -> None:
    slides = office_files.pptx(("Start", "Nothing here."), ("", "On slide two stands the Sunnmark bridge."))
    sheets = office_files.xlsx({"A": (("id", "name"), (1, "x")), "B": (("id", "name"), (1, "Tornedal bridge"))})
    for data, name, words in ((slides, "s.pptx", "Sunnmark bridge"), (sheets, "s.xlsx", "Tornedal bridge")):
        document = await reader.uploaded(data, name)
        assert document["pages"] == 2
        [hit] = await reader.hits(words, document_ids=[document["id"]], mode="sparse", top_k=1)
        assert hit["page"] == 2


async def test_an_uploaded_document_can_be_read(reader: Reader) -> None:
    text = "One paragraph.\n\nAnother paragraph, with ünïcode 🜁."
    document = await reader.uploaded(text, "read.txt", metadata={"year": 1999, "open": True})
    assert await reader.get(f"/documents/{document['id']}") == {k: v for k, v in document.items() if k != "duplicate"}
    assert document["metadata"] == {"year": 1999, "open": True}
    whole = await reader.get(f"/documents/{document['id']}/text")
    assert (whole["text"], whole["length"]) == (text, len(text))
    part = await reader.get(f"/documents/{document['id']}/text", start=4, end=9)
    assert (part["start"], part["end"], part["text"]) == (4, 9, "parag")
    beyond = await reader.get(f"/documents/{document['id']}/text", start=10_000)
    assert (beyond["start"], beyond["text"]) == (len(text), "")


async def test_chunks_are_listed_in_order_page_by_page(reader: Reader) -> None:
    text = "\n\n".join(f"Paragraph {n} is about subject {n}. " + "It goes on. " * 40 for n in range(5))
    document = await reader.uploaded(text, "long.txt")
    seen, cursor = [], None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = await reader.get(f"/documents/{document['id']}/chunks", **params)
        seen += page["chunks"]
        if (cursor := page["next_cursor"]) is None:
            break
        assert len(page["chunks"]) == 2
    assert [chunk["index"] for chunk in seen] == list(range(document["chunks"]))
    text = (await reader.get(f"/documents/{document['id']}/text"))["text"]
    assert all(text[chunk["start"] : chunk["end"]] == chunk["text"] for chunk in seen)


async def test_the_same_bytes_again_return_the_stored_document(reader: Reader) -> None:
    first = await reader.uploaded("Twice the same bytes.", "one.txt", metadata={"n": 1})
    again = await reader.upload("Twice the same bytes.", "two.txt", metadata={"n": 2})
    assert again.status_code == 200
    assert again.json() == first | {"duplicate": True}


@pytest.mark.parametrize("path", ["/documents", "/documents/upload"])
async def test_a_form_without_a_file_is_422(reader: Reader, path: str) -> None:
    for form in ({}, {"file": "just text"}):
        response = await reader.http.post(reader.url + path, data=form or {"metadata": "{}"})
        assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


async def test_documents_can_be_uploaded_at_the_alias(reader: Reader) -> None:
    files = {"file": ("alias.txt", io.BytesIO(b"Uploaded at the alias."))}
    document = await reader.ready(await reader.http.post(f"{reader.url}/documents", files=files))
    assert document["filename"] == "alias.txt"


async def test_a_document_in_a_language_that_the_model_does_not_read_says_so(reader: Reader) -> None:
    document = await reader.uploaded("Маяк Кварнхольма построила в 1887 году инженер Ингрид Фальк. " * 3, "mayak.txt")
    [warning] = document["warnings"]
    assert "Russian" in warning
    assert "mystack reembed" in warning
    assert (await reader.get(f"/documents/{document['id']}"))["warnings"] == [warning]
