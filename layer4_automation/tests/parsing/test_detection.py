"""The format is detected by content; the name decides only between text formats."""

import io
import struct
import zipfile

import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.text_formats import text_format
from api.services.parsing.errors import DocumentBomb, UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import CSV, DOCX, HTML, JSON, MARKDOWN, PDF, TEXT, XML, ParseLimits
from tests.parsing.documents import pdf, word
from tests.parsing.office_files import odt

MARKDOWN_TEXT = b"# Title\n\n- one\n- two\n\n[link](x)\n"
WORD = word(lambda document: document.add_paragraph("Hello."))


@pytest.mark.parametrize(
    ("data", "filename", "content_type"),
    [
        (pdf("Hello."), "report.docx", PDF),
        (pdf("Hello."), "", PDF),
        (WORD, "report.pdf", DOCX),
        (b"<!DOCTYPE html><p>Hello.", "page.txt", HTML),
        (b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- a -->\n<html><body>Hello.", "page", HTML),
        ("<html><p>Hello.".encode("utf-16"), "page.html", HTML),
        (b"<p>Hello <b>there</b>.</p>", "part.htm", HTML),
        (b"<p>Hello <b>there</b>.</p>", "part.txt", TEXT),
        (MARKDOWN_TEXT, "readme.md", MARKDOWN),
        (MARKDOWN_TEXT, "README.MARKDOWN", MARKDOWN),
        (MARKDOWN_TEXT, "README", MARKDOWN),
        (MARKDOWN_TEXT, "readme.txt", TEXT),
        (b"A text that mentions %PDF-1.7 somewhere.", "a.txt", TEXT),
        (b"a,b\n1,2\n", "table.csv", CSV),
        (b"a,b\n1,2\n", "table.txt", TEXT),
        (b'[{"a": 1}]', "table.csv", JSON),
        (b'[{"a": 1}]', "table.txt", TEXT),
        (b"<?xml version=\x271.0\x27?><a>1</a>", "data", XML),
        (b"<?xml version=\x271.0\x27?><a>1</a>", "data.txt", TEXT),
        (b"<a>1</a>", "data.xml", XML),
        (b"<!-- -->" * 100 + b"<html>Hello.", "page", HTML),
        (b"Hello.", "../../etc/passwd", TEXT),
    ],
)
def test_the_content_decides(data: bytes, filename: str, content_type: str) -> None:
    assert parse_document(data, filename, ParseLimits()).content_type == content_type


def parsed_type(data: bytes, filename: str) -> str:
    """The format that the name and the first bytes of a text say."""
    return text_format(data, filename)


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name in names:
            opened.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (archive("[Content_Types].xml", "xl/workbook.bin"), "binary Excel"),
        (archive("Index/Document.iwa"), "Keynote"),
        (archive("a.txt"), "ZIP"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "JPEG"),
        (b"\x7fELF" + bytes(50), "program"),
    ],
)
@pytest.mark.parametrize("filename", ["letter.pdf", "letter.txt"])
def test_other_formats_are_refused_by_name(data: bytes, named: str, filename: str) -> None:
    with pytest.raises(UnsupportedDocument, match=named):
        parse_document(data, filename, ParseLimits())


def damaged(method: int, compressed: int) -> bytes:
    """A text document of OpenDocument whose directory states another compression and size of the first member."""
    data = bytearray(odt("<text:p>Hello.</text:p>"))
    entry = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, 8, method)
    struct.pack_into("<H", data, entry + 10, method)
    struct.pack_into("<I", data, entry + 20, compressed)
    return bytes(data)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("compressed", [0, 20, 2**31])
def test_a_damaged_member_is_a_documented_error(method: int, compressed: int) -> None:
    with pytest.raises((UnreadableDocument, UnsupportedDocument, DocumentBomb)):
        parse_document(damaged(method, compressed), "letter.odt", ParseLimits())


def test_an_encrypted_office_document_is_reported_as_encrypted() -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(UnreadableDocument, match="encrypted"):
        parse_document(ole, "secret.docx", ParseLimits())
