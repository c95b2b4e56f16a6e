"""What office files have beside their text is read, or named in a warning: nothing is lost in silence."""

import struct

from api.adapters.parsing.formats import parse_document
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing import beside, old_office
from tests.parsing import office_files as make
from tests.parsing.documents import repacked

IMAGES = "The document has images. Only their descriptions were read, if they have any."
COMMENTS = "Comments are not part of the text."
OBJECTS = "The document has objects of other programs, such as charts. They were not read."
SVG = 'xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'


def parsed(data: bytes, filename: str = "file") -> ParsedDocument:
    return parse_document(data, filename, ParseLimits())


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_linked_cell_of_a_workbook_keeps_its_address() -> None:
    first = f'<row r="1">{cell("A1", "part")}{cell("B1", "sheet &amp; price")}{cell("C1", "amount")}</row>'
    second = f'<row r="2">{cell("A2", "Pump")}<c r="B2" t="s"><v>0</v></c><c r="C2"><v>4</v></c></row>'
    formula = '<f>HYPERLINK("https://f.example","open")</f><v>open</v>'
    linked = f'<row r="3">{cell("A3", "Hose")}<c r="B3" t="str">{formula}</c></row>'
    links = '<hyperlinks><hyperlink ref="B2" r:id="r1"/><hyperlink ref="C2:C3" r:id="r2"/></hyperlinks>'
    rels = "".join(beside.relation(f"r{n}", "hyperlink", f"https://{n}.example/x", external=True) for n in (1, 2))
    strings = f'<sst xmlns="{make.SHEETS}"><si><r><t>data</t></r><r><t xml:space="preserve"> sheet</t></r></si></sst>'
    data = beside.workbook(first + second + linked, links, {"xl/sharedStrings.xml": strings}, rels)
    workbook_rels = make.relations(
        {"s1": ("worksheet", "worksheets/sheet1.xml"), "t": ("sharedStrings", "sharedStrings.xml")}
    )
    document = parsed(repacked(data, {"xl/_rels/workbook.xml.rels": workbook_rels.encode()}))
    assert document.text == (
        "Stock\n\npart | sheet & price | amount\nPump | data sheet (https://1.example/x) | 4\n"
        "Hose | open (https://f.example) |\n\nLink in C2: https://2.example/x"
    )
    assert document.warnings == ()


def test_formulas_without_a_stored_result_are_counted_in_a_warning() -> None:
    stored = '<c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c>'
    missing = '<c r="A3"><f>1+1</f></c><c r="B3"><f>2+2</f><v></v></c><c r="C3"><f t="shared" si="0"/><v/></c>'
    rows = f'<row r="1">{cell("A1", "Kept")}</row><row r="2">{stored}</row>'
    assert parsed(beside.workbook(rows)).warnings == ()
    (warning,) = parsed(beside.workbook(f'{rows}<row r="3">{missing}</row>')).warnings
    assert warning.startswith("3 cells have a formula without a stored result")
    (warning,) = parsed(make.odf("spreadsheet", _sheet('<table:table-cell table:formula="of:=1+1"/>'))).warnings
    assert warning.startswith("1 cell has a formula without a stored result")


def _sheet(cells: str, shapes: str = "") -> str:
    kept = '<table:table-cell office:value-type="string"><text:p>Kept</text:p></table:table-cell>'
    return f'<table:table table:name="Stock">{shapes}<table:table-row>{kept}{cells}</table:table-row></table:table>'


def test_comments_text_boxes_and_charts_of_a_sheet_stand_behind_its_cells() -> None:
    box = f"<xdr:sp><xdr:txBody>{beside.words('Closed')}{beside.words('in week 29')}</xdr:txBody></xdr:sp>"
    picture = '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="1" name="p" descr="Map of the hall"/></xdr:nvPicPr></xdr:pic>'
    named = '<xdr:pic><xdr:nvPicPr><xdr:cNvPr id="2" name="p" descr="scan_1.png"/></xdr:nvPicPr></xdr:pic>'
    drawing = f'<xdr:wsDr xmlns:xdr="x">{box}{picture}{named}</xdr:wsDr>'
    said = "<text><r><t>Ask </t></r><r><t>Ove</t></r></text>"
    comment = f"<comments><commentList><comment ref='A1'>{said}</comment></commentList></comments>"
    data = beside.workbook(
        f'<row r="1">{cell("A1", "Pump")}</row>',
        '<headerFooter><oddHeader>&amp;L&amp;"Arial"&amp;8Internal&amp;RPage &amp;P</oddHeader></headerFooter>',
        {
            "xl/drawings/drawing1.xml": drawing,
            "xl/drawings/_rels/drawing1.xml.rels": make.relations(
                {"c": ("chart", "../charts/chart1.xml"), "i": ("image", "../media/a.png")}
            ),
            "xl/charts/chart1.xml": beside.chart("Stock levels", "qty", {"Pump": 4}),
            "xl/comments1.xml": comment,
        },
        beside.relation("d", "drawing", "../drawings/drawing1.xml")
        + beside.relation("c", "comments", "../comments1.xml"),
    )
    document = parsed(data)
    assert document.text == (
        "Stock\n\nPump\n\nClosed\nin week 29\n\nMap of the hall\n\nChart: Stock levels\n\nComment on A1: Ask Ove\n\n"
        "Internal Page"
    )
    assert document.warnings == (IMAGES,)


def test_hidden_rows_of_a_workbook_are_named_in_a_warning() -> None:
    rows = f'<row r="1">{cell("A1", "Seen")}</row><row r="2" hidden="1">{cell("A2", "Not seen")}</row>'
    document = parsed(beside.workbook(rows))
    assert (document.text, document.warnings) == (
        "Stock\n\nSeen",
        ("Hidden rows and columns are not part of the text.",),
    )


def test_the_only_filled_sheet_of_several_has_its_name_and_its_place() -> None:
    document = parsed(make.xlsx({"Cover": (), "Orders": (("id", "city"), (1, "Lund")), "End": ()}))
    assert [document.text[start:end] for start, end in document.pages] == ["", "Orders\n\nid | city\n1 | Lund", ""]


def test_pictures_and_comments_of_a_slide_stand_behind_its_text() -> None:
    picture = '<p:pic><p:nvPicPr><p:cNvPr id="7" name="p" descr="Map of the &lt;hall&gt;"/></p:nvPicPr></p:pic>'
    comment = f'<p:cmLst xmlns:p="{make.SLIDES}"><p:cm><p:text>Check the days</p:text></p:cm></p:cmLst>'
    targets = {"c": ("comments", "../comments/comment1.xml"), "i": ("image", "../media/a.png")}
    document = parsed(beside.slide_with(picture, targets, {"ppt/comments/comment1.xml": comment}))
    assert [document.text[start:end] for start, end in document.pages] == [
        "Plan\n\nWords.\n\nMap of the <hall>\n\nComment: Check the days",
        "End\n\nBye.",
    ]
    assert document.warnings == (IMAGES,)


def test_charts_and_diagrams_of_a_word_document_are_read_where_they_stand() -> None:
    drawn = {
        "chart": beside.chart("Boats by pier", "Boats", {"North": 41, "South": 57}),
        "diagramData": beside.diagram("Order", "Deliver in 4 days"),
    }
    document = parsed(beside.word_with_drawings(drawn))
    assert document.text == (
        "Before the chart.\n\nBoats by pier\n\n | Boats\nNorth | 41\nSouth | 57\n\n"
        "Before the diagramData.\n\nOrder\n\nDeliver in 4 days\n\nAfter."
    )
    assert document.warnings == ()
    assert parsed(beside.word_with_drawings({"chart": "<c:damaged"})).warnings == (
        "The document has charts. Their numbers were not read.",
    )


PICTURE = (
    f'<draw:frame {SVG}><draw:image xlink:href="Pictures/a.png"/><svg:desc>Map of the hall</svg:desc></draw:frame>'
)
OBJECT = f'<draw:frame {SVG}><draw:object xlink:href="./Object 1"/></draw:frame>'
NUMBERS = (
    '<office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:chart><table:table '
    'table:name="local-table"><table:table-row><table:table-cell><text:p/></table:table-cell><table:table-cell>'
    "<text:p>Boats</text:p></table:table-cell></table:table-row><table:table-row><table:table-cell>"
    "<text:p>North</text:p></table:table-cell><table:table-cell><text:p>41</text:p></table:table-cell></table:table-row></table:table>"
    "</office:chart></office:document-content>"
)


def test_pictures_and_charts_of_open_documents_are_read() -> None:
    text = make.odt(f"<text:p>Words.{PICTURE}</text:p><text:p>{OBJECT}</text:p>")
    document = parsed(repacked(text, add={"Object 1/content.xml": NUMBERS.encode()}))
    assert document.text == "Words.\n\nMap of the hall\n\n | Boats\nNorth | 41"
    assert document.warnings == (IMAGES,)
    unread = parsed(repacked(text, add={"Object 1/content.xml": b"<office:chart xmlns:office='o'/>"}))
    assert unread.warnings == (IMAGES, "The document has charts. Their numbers were not read.")


def test_text_boxes_of_an_open_sheet_stand_behind_its_cells() -> None:
    box = "<draw:frame><draw:text-box><text:p>Closed &amp; locked</text:p></draw:text-box></draw:frame>"
    shapes = f"<table:shapes>{box}</table:shapes>"
    words = f"<text:p>Pump</text:p>{box.replace('locked', 'empty')}"
    anchored = f'<table:table-cell office:value-type="string">{words}</table:table-cell>'
    document = parsed(make.odf("spreadsheet", _sheet(anchored, shapes)))
    assert document.text == "Stock\n\nKept | Pump\n\nClosed & locked\n\nClosed & empty"


def test_headers_and_footers_of_an_open_text_stand_once() -> None:
    page = '<text:p>Page <text:page-number xmlns:text="x">1</text:page-number></text:p>'
    hidden = '<style:header-left style:display="false"><text:p>Not shown</text:p></style:header-left>'
    footer = f"<style:footer>{page}<text:p>Ove AB</text:p></style:footer>"
    printed = f"<style:header><text:p>Internal</text:p></style:header>{hidden}{footer}"
    styles = f"<office:document-styles>{printed}{printed}</office:document-styles>"
    document = parsed(repacked(make.odt("<text:p>Words.</text:p>"), add={"styles.xml": styles.encode()}))
    assert document.text == "Internal\n\nWords.\n\nOve AB"


def test_a_table_in_a_cell_has_a_line_for_each_of_its_rows() -> None:
    def rows(*cells: str) -> str:
        filled = "".join(f"<table:table-cell>{content}</table:table-cell>" for content in cells)
        return f"<table:table-row>{filled}</table:table-row>"

    inner = rows("<text:p>Ove</text:p>", "<text:p>34</text:p>") + rows("<text:p>Ida</text:p>", "<text:p>41</text:p>")
    outer = rows("<text:p>Crew</text:p>", f"<table:table>{inner}</table:table>")
    text = parsed(
        make.odt(f"<table:table>{rows('<text:p>What</text:p>', '<text:p>Who</text:p>')}{outer}</table:table>")
    ).text
    assert text == "What | Who\nCrew | Ove | 34\nCrew | Ida | 41"


def test_headers_comments_and_deleted_text_of_rtf() -> None:
    body = (
        r"{\header Internal\par}{\header Internal\par}{\footer Page {\field{\*\fldinst PAGE}{\fldrslt 1}}\par}"
        r"{\footerf Ove \{AB\}\par}Words{\*\annotation A comment}"
        r"{\deleted\revauthdel0  gone} here.\par{\pict 89504e47}\par"
    )
    document = parsed(make.rtf(body))
    assert (document.text, document.warnings) == ("Internal\n\nWords here.\n\nOve {AB}", (COMMENTS, IMAGES))


def test_what_an_old_word_document_has_beside_its_text_stands_behind_it() -> None:
    document = parsed(beside.doc("Words.\r", "Internal\r2\r", "\x05Check this.\r", "Closed.\r"))
    assert document.text == "Words.\n\nInternal\n\nClosed.\n\nComment: Check this."


def _biff(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _box(number: int, kind: int, text: str) -> bytes:
    written = text.encode("utf-16-le")
    opened = _biff(0x005D, struct.pack("<HHHHH", 0x15, 0x12, kind, number, 0)) + _biff(
        0x01B6, struct.pack("<HH6xHHHH", 0, 0, len(text), 16, 0, 0)
    )
    return opened + _biff(0x003C, b"\x01" + written) + _biff(0x003C, bytes(16))


def test_comments_boxes_and_links_of_an_old_workbook_stand_behind_its_cells() -> None:
    address = "https://example.org/pump\0".encode("utf-16-le")
    moniker = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b") + struct.pack("<I", len(address)) + address
    link = _biff(0x01B8, struct.pack("<4H", 0, 0, 1, 1) + bytes(24) + moniker)
    notes = (
        _box(1, 0x19, "Ask Ove") + _box(2, 0x06, "Closed – until May") + _biff(0x001C, struct.pack("<4H", 1, 27, 0, 1))
    )
    hidden = _biff(0x0208, struct.pack("<6HI", 0, 0, 1, 0, 0, 0, 0x20)) + _biff(
        0x005D, struct.pack("<HHHHH", 0x15, 0x12, 8, 9, 0)
    )
    document = parsed(old_office.xls("Stock", (("part", "qty"), ("Pump", 4)), more=notes + link + hidden))
    assert document.text == (
        "Stock\n\nPump | 4\n\nLink in B1: https://example.org/pump\n\nClosed – until May\n\nComment on AB2: Ask Ove"
    )
    assert set(document.warnings) == {IMAGES, "Hidden rows and columns are not part of the text."}


def test_comments_of_an_old_presentation_are_read_and_its_tables_and_objects_named_in_a_warning() -> None:
    def record(kind: int, data: bytes, version: int = 0, instance: int = 0) -> bytes:
        return struct.pack("<HHI", version | instance << 4, kind, len(data)) + data

    author, said = (record(4026, text.encode("utf-16-le"), 0, n) for n, text in enumerate(("Ida", "Check the days")))
    table = record(0xF122, struct.pack("<HI", 0x039F, 3), 3, 1)
    beside_text = record(1035, record(12000, author + said, 0xF) + table + record(4044, b"", 0xF), 0xF)
    document = parsed(old_office.ppt(("Keys", "The code is 5519."), more=beside_text, pictures=b"x" * 5000))
    assert document.text == "Keys\n\nThe code is 5519.\n\nComment: Check the days"
    tables = "The document has tables. Their cells were read one by one, without the rows."
    assert document.warnings == (IMAGES, OBJECTS, tables)
