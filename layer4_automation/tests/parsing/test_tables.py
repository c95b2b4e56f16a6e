"""Tables: a row is complete when it is quoted alone, whatever format it comes from."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing.hostile import docx_of_body

VALUES = "<tr><td>Adults<td>5<td>42</tr><tr><td>Children<td>2<td>20</tr>"


def html(table: str) -> ParsedDocument:
    return parse_document(f"<html><body><table>{table}</table></body></html>".encode(), "page.html", ParseLimits())


def docx(*rows: str) -> ParsedDocument:
    """A DOCX with a table of rows of `<w:tc>`."""
    body = "".join(f"<w:tr>{row}</w:tr>" for row in rows)
    return parse_document(docx_of_body(f"<w:tbl>{body}</w:tbl>"), "file.docx", ParseLimits())


def cell(text: str, properties: str = "", inside: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p>{inside}</w:tc>"


def cells(*texts: str) -> str:
    return "".join(map(cell, texts))


def headers(document: ParsedDocument) -> list[str]:
    (table,) = document.tables
    return [document.text[start:end] for start, end in table.rows[: table.headers]]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("<tr><td>\n <p>a</p>\n<td>\n <div>b</div>\n<td>c", "a | b | c"),
        ("<tr><td><p>a<p>b<td>c<br>d", "a b | c d"),
        ("<tr><td rowspan=2>a<td>b<tr><td>c", "a | b\na | c"),
        ("<tr><td rowspan=0>a<td>b<tr><td>c<tr><td>d", "a | b\na | c\na | d"),
        ("<tr><td>a<td colspan=2>b<td>c", "a | b | b | c"),
        ("<tr><td colspan=3>all<tr><td>a<td>b<td>c", "all\na | b | c"),
        ("<tr><td>Senior<td>8<td><td><tr><td>a<td>b<td>c<td>", "Senior | 8 |\na | b | c"),
        ("<tr><td>a<td style='display:none'>x<td>b", "a | b"),
        ("<tr><td>a<td>$<td>5<td><tr><td>b<td><td>(3<td>)", "a | $ 5\nb | (3)"),
    ],
)
def test_the_cells_of_an_html_row_stand_on_one_line(table: str, text: str) -> None:
    assert html(table).text == text


def test_the_header_of_an_html_table_is_what_is_marked_as_one() -> None:
    assert headers(html(f"<thead><tr><td>Group<td>One<td>Ten</thead>{VALUES}")) == ["Group | One | Ten"]
    spanned = "<tr><th rowspan=2>Group<th colspan=2>Price</tr><tr><th>One<th>Ten</tr>"
    assert headers(html(spanned + VALUES)) == ["Group | Price | Price", "Group | One | Ten"]


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("<tr><td>Group<td>One<td>Ten", True),
        ("<tr><td>Group<td>2023<td>2024", True),
        ("<tr><td>Babies<td>0<td>0", False),
        ("<tr><th>Babies<td>0<td>0", False),
    ],
)
def test_an_unmarked_first_row_is_a_header_if_it_looks_like_names(first: str, header: bool) -> None:
    assert bool(headers(html(f"{first}</tr>{VALUES}"))) == header


def test_a_row_that_names_groups_of_columns_belongs_to_the_header() -> None:
    groups = "<tr><td><td>Price<td></tr><tr><td>Group<td>One<td>Ten</tr>"
    assert headers(html(groups + VALUES)) == [" | Price |", "Group | One | Ten"]
    values = "<tr><td><td>open<td></tr><tr><td>May<td>closed<td>open</tr><tr><td>June<td>open<td>open</tr>"
    assert headers(html(values)) == []


def test_a_title_across_the_table_belongs_to_the_header() -> None:
    title = "<tr><td colspan=3>Prices</tr><tr><td>Group<td>One<td>Ten</tr>"
    assert headers(html(title + VALUES)) == ["Prices", "Group | One | Ten"]


def test_a_list_of_names_and_values_has_no_header() -> None:
    assert headers(docx(cells("Manager", "Tove Krag"), cells("Address", "Kirkeveien 4"))) == []
    cover = html("<tr><td>Nevada<td>001-39588<td>20-8143439<tr><td>(State)<td>(File)<td>(Employer)")
    assert headers(cover) == []
    assert headers(docx(cells("Fruit", "Price"), cells("Apples", "3.20 EUR"))) == ["Fruit | Price"]


def test_the_header_of_a_docx_table_is_what_repeats_on_each_page() -> None:
    repeated = "<w:trPr><w:tblHeader/></w:trPr>"
    document = docx(repeated + cells("Name", "1"), repeated + cells("First", "2"), cells("a", "b"))
    assert headers(document) == ["Name | 1", "First | 2"]


def test_merged_cells_of_docx_are_repeated() -> None:
    merged = "<w:vMerge w:val='restart'/>", "<w:vMerge/>", "<w:gridSpan w:val='2'/>"
    document = docx(
        cell("Alder", merged[0]) + cells("Monday", "1", "2"),
        cell("", merged[1]) + cells("Tuesday") + cell("both", merged[2]),
        cell("", merged[1]) + cells("Friday", "5", "6"),
    )
    assert document.text == "Alder | Monday | 1 | 2\nAlder | Tuesday | both | both\nAlder | Friday | 5 | 6"


def test_the_rows_of_an_inner_table_are_lines_behind_the_words_of_its_row() -> None:
    rows = f"<w:tr>{cells('Manager', 'Tove Krag')}</w:tr><w:tr>{cells('Opened', '2018')}</w:tr>"
    document = docx(cell("Vik") + cell("", inside=f"<w:tbl>{rows}</w:tbl><w:p/>"), cells("Oslo", "closed"))
    assert document.text == "Vik | Manager | Tove Krag\nVik | Opened | 2018\nOslo | closed"
    inner = "<table><tr><td>Manager<td>Tove Krag<tr><td>Opened<td>2018</table>"
    assert html(f"<tr><td>Vik<td>{inner}</tr><tr><td>Oslo<td>closed").text == document.text


def test_a_table_that_only_frames_text_is_read_as_that_text() -> None:
    document = html("<tr><td><h2>Notice</h2><p>One.</p><p>Two.</p></td></tr>")
    assert document.text == "Notice\n\nOne.\n\nTwo."
    assert document.tables == ()
    assert docx(cells("One."), cells("Two.")).text == "One.\n\nTwo."


@pytest.mark.parametrize(
    "table",
    [
        "<tr><td colspan=100000>a<td>b" * 200,
        "<tr><td rowspan=65534 colspan=1000>" + "a" * 5_000 + "<tr><td>b" * 2_000,
        "<tr>" + "<td>a" * 50_000 + "<tr><td>b<td>c",
        "<tr><td>a<td>" + "<table><tr><td>a<td>" * 400,
    ],
    ids=["columns", "rows", "many cells", "nested"],
)
def test_a_hostile_table_stays_small(table: str) -> None:
    assert len(html(table).text) < 300_000


@pytest.mark.parametrize(
    "row",
    [
        cell("a", "<w:gridSpan w:val='99999999'/>") + cell("b"),
        "<w:trPr><w:gridBefore w:val='99999999'/></w:trPr>" + cells("a", "b"),
        cells("a", *"b" * 400),
    ],
    ids=["span", "before", "many cells"],
)
def test_a_hostile_docx_table_stays_small(row: str) -> None:
    assert len(docx(*([row] * 20)).text) < 100_000
