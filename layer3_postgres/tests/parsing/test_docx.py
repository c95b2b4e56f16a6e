"""DOCX: structure is kept, hidden text is left out, false archives are refused."""

import os

import pytest
from docx.document import Document

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import DOCX, ParsedDocument, ParseLimits
from tests.parsing.documents import repacked, word

BODY = "word/document.xml"
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
BOXED = "<w:p><w:r><w:t>boxed</w:t></w:r></w:p>"


def parsed(data: bytes, limits: ParseLimits | None = None) -> ParsedDocument:
    return parse_document(data, "file.docx", limits or ParseLimits())


def simple() -> bytes:
    return word(lambda document: document.add_paragraph("Hello there."))


def with_body(xml: str) -> bytes:
    return repacked(simple(), {BODY: f"<w:document {NAMESPACE}><w:body>{xml}</w:body></w:document>".encode()})


def test_headings_lists_and_tables_keep_their_structure() -> None:
    def build(document: Document) -> None:
        document.add_heading("Guide", 0)
        document.add_heading("Setup", 1)
        document.add_paragraph("Two steps:")
        document.add_paragraph("Install it", "List Bullet")
        document.add_paragraph("Start it", "List Bullet")
        table = document.add_table(2, 2)
        for index, text in enumerate(("Name", "Port", "web", "8000")):
            table.cell(index // 2, index % 2).text = text
        document.add_heading("Docker", 2)
        document.add_paragraph("Or so.")

    document = parsed(word(build))
    assert document.content_type == DOCX
    assert document.text == (
        "Guide\n\nSetup\n\nTwo steps:\n- Install it\n- Start it\n\nName | Port\nweb | 8000\n\nDocker\n\nOr so."
    )
    levels = {document.text[h.start : h.end]: h.level for h in document.headings}
    assert levels == {"Guide": 1, "Setup": 1, "Docker": 2}
    assert document.pages == ()


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        ("<w:p><w:ins><w:r><w:t>inserted</w:t></w:r></w:ins></w:p>", "inserted"),
        ("<w:p><w:r><w:t>kept</w:t></w:r><w:del><w:r><w:delText>deleted</w:delText></w:r></w:del></w:p>", "kept"),
        ("<w:p><w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r></w:p>", "seen"),
        ("<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>", "in a control"),
        ("<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>", "a\tb\nc"),
        (f"<w:p><w:r><w:pict><w:txbxContent>{BOXED}</w:txbxContent></w:pict></w:r></w:p>", "boxed"),
    ],
)
def test_the_text_is_what_word_shows(xml: str, text: str) -> None:
    assert parsed(with_body(xml)).text == text


def test_a_document_without_text_is_reported_as_such() -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        parsed(with_body("<w:p/>"))


def test_the_inflated_size_is_limited_whatever_the_ratio() -> None:
    with pytest.raises(DocumentBomb, match="unpacks to far more"):
        parsed(
            repacked(simple(), add={"word/media/noise.bin": os.urandom(2_000_000)}),
            ParseLimits(inflated_bytes=1_000_000),
        )


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    body = f"<w:document {NAMESPACE}><w:body>{BOXED.replace('boxed', 'a&l8;b')}</w:body></w:document>"
    with pytest.raises(UnreadableDocument, match="damaged"):
        parsed(repacked(simple(), {BODY: f"<!DOCTYPE x [{laughs}]>{body}".encode()}))


@pytest.mark.parametrize("cut", [0.3, 0.9])
def test_a_truncated_file_is_reported_as_damaged(cut: float) -> None:
    data = simple()
    with pytest.raises(UnreadableDocument, match="damaged or cut off"):
        parsed(data[: int(len(data) * cut)])


def test_broken_xml_is_reported_as_damaged() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        parsed(repacked(simple(), {BODY: b"<w:document"}))
