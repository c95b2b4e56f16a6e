"""Documents of Office before 2007."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import DOC, PPT, XLS, ParsedDocument, ParseLimits
from tests.parsing import old_office
from tests.parsing.compound import compound

ORDERS = (("id", "city", "amount"), (1, "Lund", 5), (2, "Turku", 7))


def parsed(data: bytes, filename: str = "file") -> ParsedDocument:
    return parse_document(data, filename, ParseLimits())


def pages(document: ParsedDocument) -> list[str]:
    return [document.text[start:end] for start, end in document.pages]


def headings(document: ParsedDocument) -> list[str]:
    return [document.text[heading.start : heading.end] for heading in document.headings]


def test_a_document_of_word_97_is_read() -> None:
    document = parsed(old_office.doc("Größe\rThe code is 5519.\r"), "old.doc")
    assert (document.content_type, document.text) == (DOC, "Größe\n\nThe code is 5519.")


def test_a_presentation_of_powerpoint_97_has_pages_if_every_slide_has_a_title() -> None:
    titled = parsed(old_office.ppt(("Keys", "The code is 5519."), ("End", "Bye.")), "old.ppt")
    assert (titled.content_type, headings(titled)) == (PPT, ["Keys", "End"])
    assert pages(titled) == ["Keys\n\nThe code is 5519.", "End\n\nBye."]
    untitled = parsed(old_office.ppt(("Keys", "The code is 5519."), ("", "Bye.")))
    assert (untitled.text, untitled.pages) == ("Keys\n\nThe code is 5519.\n\nBye.", ())


@pytest.mark.parametrize(
    "data", [old_office.doc("x\r", locked=True), old_office.xls("A", ORDERS, locked=True)], ids=["doc", "xls"]
)
def test_an_encrypted_document_of_old_office_is_reported_as_encrypted(data: bytes) -> None:
    with pytest.raises(UnreadableDocument, match="encrypted"):
        parsed(data)


def test_a_workbook_of_excel_97_is_read() -> None:
    document = parsed(old_office.xls("Orders", ORDERS), "old.xls")
    assert (document.content_type, len(document.pages)) == (XLS, 1)


def test_other_compound_files_are_refused() -> None:
    with pytest.raises(UnsupportedDocument, match="old Office"):
        parsed(compound({"VisioDocument": b"x"}))


def test_a_damaged_compound_file_is_reported_as_damaged() -> None:
    with pytest.raises(UnreadableDocument, match="damaged"):
        parsed(old_office.xls("Orders", ORDERS)[:900])
