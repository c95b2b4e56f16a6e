"""The headings and tables of a text."""

from api.adapters.parsing.text_builder import Block, DocumentText, Row
from api.services.documents.outline import Outline, TableSpan, as_json, from_json, outline_of
from api.services.parsing.parser import TEXT, Heading, ParsedDocument, ParseLimits, Table


def parsed(*blocks: Block) -> ParsedDocument:
    text = DocumentText(ParseLimits())
    for block in blocks:
        text.add(block)
    return text.parsed(TEXT)


TABLE = (Block("City | Ferries", row=Row.HEADER), Block("Lindholm | 7", tight=True, row=Row.BODY))


def test_headings_and_tables_are_where_they_are_in_the_text() -> None:
    document = parsed(Block("Timetable", level=2), Block("Every day:"), *TABLE, Block("After."))
    outline = outline_of(document)
    assert outline == Outline((Heading(0, 9, 2),), (TableSpan(23, 50, 1),))
    assert document.text[23:50] == "City | Ferries\nLindholm | 7"


def test_a_table_whose_rows_cannot_be_told_apart_is_left_out() -> None:
    text = "City | Ferries\nLindholm\nharbour | 7"
    rows = ((0, 14), (15, len(text)))
    assert outline_of(ParsedDocument(text, TEXT, (), (), rows, (Table(rows, 1),))).tables == ()


def test_a_part_has_what_it_shares_a_character_with() -> None:
    outline = Outline((Heading(0, 9, 2),), (TableSpan(23, 50, 1),))
    assert outline.within(9, 23) == Outline()
    assert outline.within(8, 23) == Outline(outline.headings)
    assert outline.within(49, 60) == Outline((), outline.tables)


def test_what_is_written_is_read_again() -> None:
    outline = outline_of(parsed(Block("Timetable", level=2), *TABLE))
    assert from_json(as_json(outline)) == outline
    assert from_json({}) == Outline()
