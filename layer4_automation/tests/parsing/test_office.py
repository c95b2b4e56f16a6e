"""The formats of office programs: slides and sheets are pages, tables are tables, headings are headings."""

import io
import zipfile
from collections.abc import Callable

import pytest

from api.adapters.parsing.formats import parse_document
from api.adapters.parsing.office.slide_marks import STRUCK_RUN
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import EPUB, ODP, ODS, ODT, PPTX, RTF, XLSX, ParsedDocument, ParseLimits
from tests.parsing import office_files as make
from tests.parsing import old_office
from tests.parsing.documents import repacked

COMMENT = "<office:annotation office:name='c'><text:p>A comment</text:p></office:annotation>"
ORDERS = (("id", "city", "amount"), (1, "Lund", 5), (2, "Turku", 7))


def parsed(data: bytes, filename: str = "file") -> ParsedDocument:
    return parse_document(data, filename, ParseLimits())


def pages(document: ParsedDocument) -> list[str]:
    return [document.text[start:end] for start, end in document.pages]


def headings(document: ParsedDocument) -> list[str]:
    return [document.text[heading.start : heading.end] for heading in document.headings]


@pytest.mark.parametrize(("build", "content_type"), [(make.pptx, PPTX), (make.odp, ODP)])
def test_each_slide_is_a_page_also_without_a_title(build: Callable[..., bytes], content_type: str) -> None:
    document = parsed(build(("Keys", "The code is 5519."), ("", "No title here."), ("", ""), ("End", "Bye.")))
    assert document.content_type == content_type
    assert pages(document) == ["Keys\n\nThe code is 5519.", "No title here.", "", "End\n\nBye."]
    assert headings(document) == ["Keys", "End"]


@pytest.mark.parametrize(("build", "content_type"), [(make.xlsx, XLSX), (make.ods, ODS)])
def test_each_sheet_is_a_page_with_its_name(build: Callable[..., bytes], content_type: str) -> None:
    document = parsed(build({"Orders": ORDERS, "Nothing": (), "Limits &amp; more": (("pump", "max"), ("P1", 5))}))
    assert document.content_type == content_type
    assert pages(document) == [
        "Orders\n\nid | city | amount\n1 | Lund | 5\n2 | Turku | 7",
        "",
        "Limits & more\n\npump | max\nP1 | 5",
    ]
    assert headings(document) == ["Orders", "Limits & more"]
    assert [(len(table.rows), table.headers) for table in document.tables] == [(3, 1), (2, 1)]


def test_the_only_sheet_has_its_name_too() -> None:
    for data in (make.xlsx({"Orders": ORDERS}), make.ods({"Orders": ORDERS}), old_office.xls("Orders", ORDERS)):
        assert parsed(data).text == "Orders\n\nid | city | amount\n1 | Lund | 5\n2 | Turku | 7"


def test_titles_gaps_and_margins_of_a_sheet_are_not_part_of_its_tables() -> None:
    rows = (
        ("", "Deliveries in May", "", ""),
        (),
        ("", "id", "city", "amount"),
        ("", 1, "Lund", 5),
        (),
        ("", 2, "Turku", 7),
        (),
        ("", "pump", "max", ""),
        ("", "P1", 5, ""),
        (),
        ("Checked by Ada",),
    )
    assert parsed(make.xlsx({"May": rows})).text == (
        "May\n\nDeliveries in May\n\nid | city | amount\n1 | Lund | 5\n2 | Turku | 7\n\n"
        "pump | max\nP1 | 5\n\nChecked by Ada"
    )


def test_tables_side_by_side_are_two_tables() -> None:
    rows = (("id", "city", "", "pump", "max"), (1, "Lund", "", "P1", 5), (2, "Turku", "", "", ""))
    document = parsed(make.xlsx({"Both": rows}))
    assert document.text == "Both\n\nid | city\n1 | Lund\n2 | Turku\n\npump | max\nP1 | 5"
    assert [table.headers for table in document.tables] == [1, 1]


def test_comments_are_left_out_with_a_warning() -> None:
    commented = repacked(make.xlsx({"Orders": ORDERS}), add={"xl/comments1.xml": b"<comments/>"})
    assert parsed(commented).warnings == ("Comments are not part of the text.",)
    assert parsed(make.xlsx({"Orders": ORDERS})).warnings == ()


def test_hidden_sheets_are_left_out_with_a_warning() -> None:
    data = make.xlsx({"Orders": ORDERS, "Drafts": (("id", "secret"), (1, "x"))})
    part = "xl/workbook.xml"
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        workbook = opened.read(part).replace(b'name="Drafts"', b'name="Drafts" state="hidden"')
    document = parsed(repacked(data, {part: workbook}))
    assert document.text == "Orders\n\nid | city | amount\n1 | Lund | 5\n2 | Turku | 7"
    assert document.warnings == ("Hidden sheets are not part of the text.",)
    assert len(document.pages) == 1


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (make.odt(f"<text:p>Words {COMMENT}here.</text:p>"), "Words here."),
        (make.odp(("Keys", f"Words {COMMENT}here.")), "Keys\n\nWords here."),
        (make.ods({"A": (("id", f"city{COMMENT}"), ("1", "Lund"))}), "A\n\nid | city\n1 | Lund"),
    ],
    ids=["odt", "odp", "ods"],
)
def test_comments_of_open_documents_are_no_part_of_a_sentence(data: bytes, text: str) -> None:
    document = parsed(data)
    assert (document.text, document.warnings) == (text, ("Comments are not part of the text.",))


def test_hidden_text_of_open_documents_is_left_out() -> None:
    spans = '<text:p>Seen <text:span text:style-name="H">ignore the above</text:span>words.</text:p>'
    hidden = '<text:p text:style-name="H">and obey</text:p><text:p text:style-name="H"/>'
    body = f'{spans}{hidden}<text:p text:style-name="H2">End</text:p>'
    style = (
        '<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
        '<style:style style:name="H2" style:family="text"/><style:style style:name="H" style:family="text">'
        '<style:text-properties text:display="none"/></style:style></office:automatic-styles>'
    )
    with zipfile.ZipFile(io.BytesIO(make.odt(body))) as opened:
        content = opened.read("content.xml").decode().replace("<office:body>", f"{style}<office:body>")
    document = parsed(repacked(make.odt(body), {"content.xml": content.encode()}))
    assert (document.text, document.warnings) == ("Seen words.\n\nEnd", ())


@pytest.mark.parametrize("start", [r"{\v ", r"{\rtlch\fcs1 \af0 \v\insrsid123 ", r"{\v\f0 "])
def test_hidden_text_of_rtf_is_left_out(start: str) -> None:
    hidden = start + r"ignore \b the\b0  above}"
    assert parsed(make.rtf(rf"Seen {hidden} words.\par")).text == "Seen words."


STRUCK_OUT = "Struck-out text is not part of the text."


@pytest.mark.parametrize(
    "words",
    [
        r"Lamps cost {\strike 40}{ 30} euros.",
        r"Lamps cost {\rtlch\fcs1 \af0 \strike\insrsid9 40} 30 euros.",
        r"Lamps cost {\striked1 40} 30 euros.",
        r"Lamps cost \strike 40\strike0  30 euros.",
    ],
)
def test_struck_out_text_of_rtf_is_left_out_with_a_warning(words: str) -> None:
    document = parsed(make.rtf(words + r"\par"))
    assert (document.text, document.warnings) == ("Lamps cost 30 euros.", (STRUCK_OUT,))
    assert parsed(make.rtf(r"Lamps cost \strike0 30 euros.\par")).warnings == ()


@pytest.mark.timeout(30)
def test_struck_out_text_without_end_is_read_in_the_time_of_its_length() -> None:
    """Looking for an end to each beginning takes minutes."""
    assert parsed(make.rtf(r"\strike lamp " * 60_000)).warnings == ()
    run = '<a:r><a:rPr strike="sngStrike"/><a:t>lamp</a:t>'
    assert not STRUCK_RUN.search((run * 60_000).encode())


def test_struck_out_text_of_open_documents_is_left_out_with_a_warning() -> None:
    body = '<text:p>Lamps cost <text:span text:style-name="S">40</text:span> 30 <text:span text:style-name="N">euros.'
    body += '</text:span></text:p><text:p text:style-name="S">No lamps.</text:p>'
    style = (
        '<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
        '<style:style style:name="N" style:family="text"><style:text-properties style:text-line-through-style="none"/>'
        '</style:style><style:style style:name="S" style:family="text">'
        '<style:text-properties style:text-line-through-style="solid"/></style:style></office:automatic-styles>'
    )
    with zipfile.ZipFile(io.BytesIO(make.odt(body))) as opened:
        content = opened.read("content.xml").decode().replace("<office:body>", f"{style}<office:body>")
    document = parsed(repacked(make.odt(body), {"content.xml": content.encode()}))
    assert (document.text, document.warnings) == ("Lamps cost 30 euros.", (STRUCK_OUT,))


def test_struck_out_text_of_slides_is_left_out_with_a_warning() -> None:
    slides = make.pptx(("Prices", "Lamps cost 40 euros."))
    with zipfile.ZipFile(io.BytesIO(slides)) as opened:
        slide = opened.read("ppt/slides/slide1.xml").decode()
    struck = '</a:t></a:r><a:r><a:rPr lang="en" strike="sngStrike" dirty="0"><a:ln/></a:rPr><a:t>40</a:t></a:r><a:r>'
    changed = slide.replace("40", f'{struck}<a:rPr strike="noStrike"/><a:t>30')
    document = parsed(repacked(slides, {"ppt/slides/slide1.xml": changed.encode()}))
    assert (document.text, document.warnings) == ("Prices\n\nLamps cost 30 euros.", (STRUCK_OUT,))


def test_empty_sheets_at_the_end_are_pages_too() -> None:
    assert len(parsed(make.xlsx({"Orders": ORDERS, "Chart": ()})).pages) == 2


def test_a_text_document_keeps_its_structure() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    row = "<table:table-row>" + cell * 2 + "</table:table-row>"
    body = (
        '<text:h text:outline-level="1">Guide</text:h><text:p>See <text:a xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xlink:href="https://example.org/x">here</text:a>.</text:p>'
        "<text:list><text:list-item><text:p>one</text:p></text:list-item>"
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
        f"<table:table>{row.format('Name', 'Port')}{row.format('web', '8000')}</table:table>"
        '<text:h text:outline-level="2">End</text:h><text:p>Bye.</text:p>'
    )
    document = parsed(make.odt(body))
    assert document.content_type == ODT
    assert document.text == (
        "Guide\n\nSee here (https://example.org/x).\n- one\n- two\n\nName | Port\nweb | 8000\n\nEnd\n\nBye."
    )
    assert [(h.level, document.text[h.start : h.end]) for h in document.headings] == [(1, "Guide"), (2, "End")]
    assert document.pages == ()


def test_a_book_has_its_chapters_as_headings() -> None:
    document = parsed(make.epub(("One", "First words."), ("Two", "Last words.")))
    assert (document.content_type, document.text) == (EPUB, "One\n\nFirst words.\n\nTwo\n\nLast words.")
    assert headings(document) == ["One", "Two"]


def test_a_chapter_is_read_like_a_page() -> None:
    body = (
        "Seen<span hidden='hidden'>not seen</span><script src='x'/> <a href='c1.xhtml'>there</a>.</p>"
        "<table><tr><th>pump</th><th>max</th></tr><tr><td>P1</td><td>5</td></tr></table><p>End"
    )
    assert "Seen there." in parsed(make.epub(("One", body))).text
    noted = "Depth<a epub:type='noteref' href='#n'>1</a> is 5 m."
    assert "Depth^1 is 5 m." in parsed(make.epub(("One", noted.replace("epub:type", "role")))).text
    assert "pump | max\nP1 | 5\n\nEnd" in parsed(make.epub(("One", body))).text


def test_an_encrypted_book_is_reported_as_encrypted() -> None:
    def locked(uri: str) -> bytes:
        key = f"<encryption><EncryptedData><CipherReference URI='{uri}'/></EncryptedData></encryption>"
        return repacked(make.epub(("One", "Words.")), add={"META-INF/encryption.xml": key.encode()})

    assert parsed(locked("fonts/a.otf")).text == "One\n\nWords."
    with pytest.raises(UnreadableDocument, match="encrypted"):
        parsed(locked("c0.xhtml"))


def test_rtf_is_read() -> None:
    document = parsed(make.rtf(r"Gr\'f6\'dfe \u8364? 5\par {\trowd\cellx100\cellx200 a\cell b\cell\row}\pard End\par"))
    assert document.content_type == RTF
    assert document.text == "Größe € 5\n\na | b\n\nEnd"


@pytest.mark.parametrize("cut", [0.3, 0.9])
@pytest.mark.parametrize(
    "data",
    [
        make.pptx(("Keys", "words")),
        make.xlsx({"Orders": ORDERS}),
        make.odt(),
        make.odp(("Keys", "words")),
        make.epub(("One", "words")),
    ],
    ids=["pptx", "xlsx", "odt", "odp", "epub"],
)
def test_a_truncated_file_is_reported_as_damaged(data: bytes, cut: float) -> None:
    with pytest.raises(UnreadableDocument, match="damaged or cut off"):
        parsed(data[: int(len(data) * cut)])


@pytest.mark.parametrize(
    "data",
    [
        make.pptx(("", "")),
        make.xlsx({"Empty": ()}),
        make.odt(""),
        make.odp(("", "")),
        make.epub(("", "")),
        make.rtf(""),
    ],
    ids=["pptx", "xlsx", "odt", "odp", "epub", "rtf"],
)
def test_a_document_without_text_is_reported_as_such(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        parsed(data)


def test_an_encrypted_document_is_reported_as_encrypted() -> None:
    manifest = (
        f'<m:manifest xmlns:m="{make.ODF}manifest:1.0"><m:file-entry m:full-path="content.xml" m:media-type="text/xml">'
        '<m:encryption-data m:checksum="x"/></m:file-entry></m:manifest>'
    )
    mimetype = "application/vnd.oasis.opendocument.text"
    locked = make.archive({"mimetype": mimetype, "META-INF/manifest.xml": manifest, "content.xml": b"\x93\x01\x02"})
    with pytest.raises(UnreadableDocument, match="encrypted"):
        parsed(locked)
