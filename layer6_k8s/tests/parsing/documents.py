"""Builds documents for tests, byte by byte where it matters."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterable

import docx
from docx.document import Document


def pdf(*pages: str, extra_trailer: bytes = b"") -> bytes:
    """A PDF with the given pages, one line below the other; `# ` makes a line large and bold."""
    fonts = [
        b"<</Type/Font/Subtype/Type1/BaseFont/%s/Encoding/WinAnsiEncoding>>" % name
        for name in (b"Helvetica", b"Helvetica-Bold")
    ]
    contents = [stream(_content(text)) for text in pages]
    first = 5
    kids = b" ".join(b"%d 0 R" % (first + 2 * index) for index in range(len(pages)))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)), *fonts]
    for index, content in enumerate(contents):
        objects += [page(first + 2 * index + 1), content]
    return assembled(objects, extra_trailer)


def pdf_of_blank_pages(count: int) -> bytes:
    """A PDF of many pages, a few bytes each."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(count))
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), font, font]
    return assembled([*objects, *([page(4)] * count)])


def encrypted_pdf() -> bytes:
    """A PDF that needs a password (standard handler, revision 2)."""
    keys = b"<28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a>"
    handler = b"/Encrypt<</Filter/Standard/V 1/R 2/P -44/O %s/U %s>>/ID[<00><00>]" % (keys, keys)
    return pdf("secret", extra_trailer=handler)


def assembled(objects: Iterable[bytes], extra_trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects, with a correct cross-reference table."""
    file, offsets = bytearray(b"%PDF-1.7\n"), list[int]()
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    file += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    file += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (len(offsets) + 1, extra_trailer, start)
    return bytes(file)


def page(content: int, resources: bytes = b"") -> bytes:
    """A page with the content stream of that object number; `resources` are added to its two fonts."""
    used = b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>%s>>" % resources
    return b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s/Contents %d 0 R>>" % (used, content)


def _content(page: str) -> bytes:
    drawn, y = [], 720
    for line in page.split("\n"):
        heading = line.startswith("# ")
        type_ = b"/F2 18 Tf" if heading else b"/F1 11 Tf"
        text = (
            line.removeprefix("# ").encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        )
        drawn.append(b"BT %s 72 %d Td (%s) Tj ET" % (type_, y, text))
        y -= 28 if heading or not line else 14
    return b"\n".join(drawn)


def stream(data: bytes) -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data, 9)
    return b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed)


def word(build: Callable[[Document], object]) -> bytes:
    """A DOCX built with python-docx."""
    document = docx.Document()
    build(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def repacked(document: bytes, replace: dict[str, bytes] | None = None, add: dict[str, bytes] | None = None) -> bytes:
    """The DOCX with some parts replaced and some added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, (replace or {}).get(name, old.read(name)))
        for name, content in (add or {}).items():
            new.writestr(name, content)
    return file.getvalue()
