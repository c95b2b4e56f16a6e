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
        (
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>kept</w:t></w:r></w:p></w:tc>"
            "</w:tr><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>gone</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
            "a | kept",
        ),
        (
            '<w:p xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:oMath><m:sSup><m:e><m:r><m:t>r'
            "</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num>"
            "<m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>",
            "r^2a/b",
        ),
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


def numbered(*paragraphs: tuple[int, int, str], levels: str, extra: str = "") -> str:
    """The text of paragraphs of (list, level, text); all lists have these `<w:lvl>` elements."""
    lists = "".join(
        f"<w:num w:numId='{n}'><w:abstractNumId w:val='7'/>{extra if n == 2 else ''}</w:num>" for n in (1, 2)
    )
    numbering = (
        f"<w:numbering {NAMESPACE}><w:abstractNum w:abstractNumId='7'>{levels}</w:abstractNum>{lists}</w:numbering>"
    )
    body = "".join(
        f"<w:p><w:pPr><w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr></w:pPr>"
        f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        for number, level, text in paragraphs
    )
    main = f"<w:document {NAMESPACE}><w:body>{body}</w:body></w:document>"
    return parsed(repacked(simple(), {BODY: main.encode(), "word/numbering.xml": numbering.encode()})).text


def level(number: int, kind: str, text: str, start: int = 1, more: str = "") -> str:
    return (
        f"<w:lvl w:ilvl='{number}'><w:start w:val='{start}'/><w:numFmt w:val='{kind}'/>"
        f"<w:lvlText w:val='{text}'/>{more}</w:lvl>"
    )


def test_numbers_are_counted_as_word_counts_them() -> None:
    levels = level(0, "decimal", "Article %1.") + level(1, "lowerLetter", "(%2)") + level(2, "upperRoman", "%1-%3")
    text = numbered(
        (1, 0, "a"), (1, 1, "b"), (1, 1, "c"), (1, 2, "d"), (1, 0, "e"), (1, 1, "f"), (2, 0, "g"), levels=levels
    )  # fmt: skip
    assert text == "Article 1. a\n  (a) b\n  (b) c\n    1-I d\nArticle 2. e\n  (a) f\nArticle 3. g"


def test_a_list_may_restart_and_begin_anywhere() -> None:
    restart = "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride>"
    text = numbered(
        (1, 0, "a"), (1, 0, "b"), (2, 0, "c"), (2, 0, "d"), levels=level(0, "decimal", "%1)", 9), extra=restart
    )
    assert text == "9) a\n10) b\n1) c\n2) d"


@pytest.mark.parametrize(
    ("kind", "start", "number"),
    [
        ("lowerRoman", 1994, "mcmxciv"),
        ("upperLetter", 28, "BB"),
        ("ordinal", 22, "22nd"),
        ("decimalZero", 7, "07"),
        ("chicago", 3, "3"),
        ("lowerLetter", 999_999_999, "999999999"),
        ("upperRoman", 999_999_999, "999999999"),
    ],
)
def test_numbers_are_written_as_the_list_says(kind: str, start: int, number: str) -> None:
    assert numbered((1, 0, "a"), levels=level(0, kind, "%1", start)) == f"{number} a"


def test_a_hostile_numbering_stays_small() -> None:
    levels = level(0, "lowerLetter", "%1" * 100_000, 260) + level(1, "decimal", "%1%2%9" * 9)
    text = numbered(*[(1, 0, "a"), (1, 1, "b"), (9, 99, "c")] * 200, levels=levels)
    assert len(text) < 200_000


def test_headers_and_footers_stand_once_without_page_numbers() -> None:
    def build(document: Document) -> None:
        document.add_paragraph("Main text.")
        for section in (document.sections[0], document.add_section()):
            section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
            section.header.paragraphs[0].text = "Confidential"
            section.footer.paragraphs[0].text = "Page 1 of 3"
        document.sections[0].different_first_page_header_footer = True
        document.sections[0].first_page_header.paragraphs[0].text = "First"
        document.sections[0].even_page_header.paragraphs[0].text = "never shown"
        document.sections[1].footer.add_paragraph("Harbour board")

    assert parsed(word(build)).text == "First\n\nConfidential\n\nMain text.\n\nHarbour board"


def test_a_comment_follows_its_paragraph() -> None:
    def build(document: Document) -> None:
        run = document.add_paragraph("The fee is 17 euros.").runs[0]
        document.add_comment(run, "Since May.", "Signe", "S")
        document.add_paragraph("Next.")

    assert parsed(word(build)).text == "The fee is 17 euros.\n\nComment: Since May.\n\nNext."


FIELD = (
    "<w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>HYPERLINK &quot;https://x.example/f&quot;"
    "</w:instrText></w:r><w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>form</w:t></w:r>"
    "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
)


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (FIELD + "<w:r><w:t>.</w:t></w:r>", "form (https://x.example/f)."),
        (
            "<w:fldSimple w:instr=' HYPERLINK &quot;mailto:me@x.example&quot; '><w:r><w:t>me</w:t></w:r></w:fldSimple>",
            "me (me@x.example)",
        ),
        (
            "<w:r><w:t>12</w:t></w:r><w:r><w:rPr><w:vertAlign w:val='superscript'/></w:rPr><w:t>3</w:t></w:r>",
            "12^3",
        ),
    ],
)
def test_links_keep_their_address_and_raised_numbers_are_marked(xml: str, text: str) -> None:
    assert parsed(with_body(f"<w:p>{xml}</w:p>")).text == text


def test_images_are_reported_and_their_descriptions_are_kept() -> None:
    space = "xmlns:wp='http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing'"
    drawing = f"<w:r><w:drawing><wp:docPr {space} id='1' name='p' descr='A map of the harbour'/></w:drawing></w:r>"
    assert parsed(with_body(f"<w:p>{drawing}</w:p>")).text == "A map of the harbour"


def test_the_values_of_form_fields_are_part_of_the_text() -> None:
    field = "<w:r><w:fldChar w:fldCharType='begin'><w:ffData>{}</w:ffData></w:fldChar></w:r>"
    box = "<w:checkBox><w:default w:val='{}'/>{}</w:checkBox>"
    words = "<w:r><w:t xml:space='preserve'> {} </w:t></w:r>"
    colours = "<w:ddList><w:result w:val='1'/><w:listEntry w:val='red'/><w:listEntry w:val='blue'/></w:ddList>"
    paragraph = (
        field.format(box.format(0, "<w:checked/>")) + words.format("parking"),
        field.format(box.format(1, "<w:checked w:val='0'/>")) + words.format("garage"),
        field.format(colours),
        "<w:r><w:sym w:font='Wingdings' w:char='F0FE'/></w:r>" + words.format("signed"),
    )
    document = parsed(with_body(f"<w:p>{''.join(paragraph)}</w:p>"))
    assert document.text == "☑ parking ☐ garage blue☑ signed"


def test_struck_out_text_is_left_out_with_a_warning() -> None:
    run = "<w:r><w:rPr>{}</w:rPr><w:t xml:space='preserve'>{}</w:t></w:r>"
    runs = run.format("", "Rent is ") + run.format("<w:strike/>", "310") + run.format("<w:strike w:val='0'/>", "345")
    document = parsed(with_body(f"<w:p>{runs}</w:p>"))
    assert document.text == "Rent is 345"
    assert document.warnings == ("Struck-out text is not part of the text.",)
