"""Builds hostile documents in milliseconds: parts that inflate far are written in compressed form."""

import struct
import zipfile
import zlib
from io import BytesIO

from tests.parsing.documents import assembled, page, repacked, stream, word

MB = 1024**2
WORDS = b"BT /F1 11 Tf 72 720 Td (Some honest words.) Tj ET\n"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
CATALOG = (b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[5 0 R]/Count 1>>", FONT, FONT)
SLOW_HTML = b"<html>" + b"<div><!--</div>-->" * 300_000
"""Nested blocks whose end tags are inside comments: an HTML parser needs minutes for them."""


LAUGHS = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'ha'>%s]><x>&a9;</x>" % b"".join(
    b"<!ENTITY a%d '%s'>" % (n, (b"&a%d;" % (n - 1)) * 10) for n in range(1, 10)
)
"""XML whose entities hold each other ten times."""


def deflated(piece: bytes, times: int) -> bytes:
    """A raw deflate stream of `times` pieces; each is compressed independently, so only one is computed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return (packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)) * times + b"\x03\x00"


def with_part(archive: bytes, name: bytes, packed: bytes, size: int) -> bytes:
    """The archive with another entry at its end, whose stated size is `size`."""
    with zipfile.ZipFile(BytesIO(archive)) as opened:
        start, count = opened.start_dir, len(opened.namelist()) + 1
    facts = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0, 0, len(packed), size, len(name), 0)
    local = b"PK\x03\x04" + facts + name + packed
    directory = archive[start : archive.rindex(b"PK\x05\x06")]
    directory += b"PK\x01\x02\x14\x00" + facts + struct.pack("<HHHII", 0, 0, 0, 0, start) + name
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), start + len(local), 0)
    return archive[:start] + local + directory + b"PK\x05\x06" + end


def docx() -> bytes:
    """An honest DOCX."""
    return word(lambda document: document.add_paragraph("Hello there."))


def docx_bomb(megabytes: int, claimed: int | None = None) -> bytes:
    """A DOCX with a part that inflates to `megabytes`, while the central directory states `claimed` bytes."""
    size = megabytes * MB if claimed is None else claimed
    return with_part(docx(), b"word/media/zeros.xml", deflated(bytes(MB), megabytes), size)


def bomb(archive: bytes, megabytes: int) -> bytes:
    """The archive with a part that inflates to `megabytes`."""
    return with_part(archive, b"zeros.xml", deflated(bytes(MB), megabytes), megabytes * MB)


def mail_in_mail(depth: int) -> bytes:
    """A message whose parts are nested."""
    parts = (b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(depth))
    return b"From: a@b\nSubject: x\nMIME-Version: 1.0\n" + b"".join(parts) + b"\nwords"


def nested_docx() -> bytes:
    """A DOCX that contains an archive that inflates far."""
    return repacked(docx(), add={"word/embeddings/inner.zip": docx_bomb(50)})


def docx_of_parts(count: int) -> bytes:
    return repacked(docx(), add={f"word/media/{number}.txt": b"" for number in range(count)})


def docx_of_body(xml: str) -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return repacked(docx(), {"word/document.xml": f"<w:document {space}><w:body>{xml}</w:body></w:document>".encode()})


def one_page(content: bytes, *more: bytes, resources: bytes = b"") -> bytes:
    """A PDF of one page; `more` are objects 7, 8, …"""
    return assembled([*CATALOG, page(6, resources), content, *more])


def inflating(piece: bytes, megabytes: int) -> bytes:
    """A PDF stream that inflates to `megabytes` of one repeated piece."""
    times = megabytes * MB // len(piece)
    checksum = 1
    for _ in range(times):
        checksum = zlib.adler32(piece, checksum)
    packed = b"\x78\x9c" + deflated(piece, times) + struct.pack(">I", checksum)
    return b"<</Length %d/Filter/FlateDecode>>\nstream\n%s\nendstream" % (len(packed), packed)


def pdf_of_a_huge_page(megabytes: int = 75) -> bytes:
    return one_page(inflating(WORDS * 1000, megabytes))


def pdf_with_a_huge_attachment(megabytes: int = 75) -> bytes:
    return one_page(stream(WORDS), inflating(bytes(MB), megabytes))


def pdf_whose_pages_are_their_own_parents() -> bytes:
    return assembled([CATALOG[0], b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>"])


def pdf_of_a_tree_that_doubles(depth: int = 40) -> bytes:
    """Every node of the page tree has the same child twice, which makes 2 to the power of `depth` pages."""
    nodes = [b"<</Type/Pages/Kids[%d 0 R %d 0 R]>>" % (number + 3, number + 3) for number in range(depth)]
    return assembled([CATALOG[0], *nodes, b"<</Type/Page/MediaBox[0 0 612 792]>>"])


def pdf_whose_tables_are_a_circle() -> bytes:
    """Its cross-reference table names itself as the previous one."""
    file = one_page(stream(WORDS))
    return file.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % file.rindex(b"xref\n0"))


def pdf_whose_objects_hold_themselves() -> bytes:
    """Its object stream is inside itself and extends itself; its cross-reference table precedes itself."""
    file = bytearray(b"%PDF-1.7\n")
    inner = b"1 0 2 30 <</Type/Catalog/Pages 2 0 R>>  <</Type/Pages/Kids[]/Count 0>>"
    file += b"5 0 obj\n<</Type/ObjStm/N 2/First 9/Extends 5 0 R/Length %d>>\n" % len(inner)
    file += b"stream\n%s\nendstream\nendobj\n" % inner
    offset = len(file)
    entries = ((0, 0, 65535), (2, 5, 0), (2, 5, 1), (2, 3, 0), (2, 5, 0), (2, 5, 0))
    table = b"".join(struct.pack(">BIH", *entry) for entry in entries)
    file += b"6 0 obj\n<</Type/XRef/Size 7/W[1 4 2]/Root 1 0 R/Prev %d/Length %d>>\n" % (offset, len(table))
    file += b"stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % (table, offset)
    return bytes(file)


def pdf_whose_outline_is_a_circle() -> bytes:
    item = b"<</Title(x)/Parent 7 0 R/Next 8 0 R/Prev 8 0 R/First 8 0 R/Last 8 0 R>>"
    file = one_page(stream(WORDS), b"<</Type/Outlines/First 8 0 R/Last 8 0 R/Count 1>>", item)
    return file.replace(b"/Type/Catalog", b"/Outlines 7 0 R/Type/Catalog", 1)


def pdf_of_forms_that_draw_forms(levels: int = 12) -> bytes:
    """Each form draws the next one ten times; the last one has text."""
    forms = [_form(number + 8, b"/X Do " * 10) for number in range(levels)]
    return one_page(stream(b"/X Do"), *forms, _form(3, WORDS), resources=b"/XObject<</X 7 0 R>>")


def pdf_of_a_form_that_draws_itself() -> bytes:
    return one_page(stream(b"/X Do " + WORDS), _form(7, b"/X Do " * 10), resources=b"/XObject<</X 7 0 R>>")


def _form(inner: int, drawing: bytes) -> bytes:
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</X %d 0 R>>/Font<</F1 3 0 R>>>>" % inner
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (head, len(drawing), drawing)
