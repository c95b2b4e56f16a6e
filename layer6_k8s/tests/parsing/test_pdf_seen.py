"""PDF: what a reader of the page sees is text, and nothing else is."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import ParsedDocument, ParseLimits
from tests.parsing.documents import assembled, stream
from tests.parsing.hostile import CATALOG, FONT, one_page

LEFT_OUT = "Text that a reader of the PDF cannot see was left out: it is white, invisible or outside the page."
IMAGE = (
    b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 1>>"
    b"\nstream\n\x80\nendstream"
)
SEEN = b"BT /F1 11 Tf 72 700 Td (The canteen closes at two.) Tj ET "


def parsed(data: bytes) -> ParsedDocument:
    return parse_document(data, "file.pdf", ParseLimits())


def shown(content: bytes, *more: bytes, resources: bytes = b"") -> ParsedDocument:
    """The document of one page with that drawing."""
    return parsed(one_page(stream(content), *more, resources=resources))


def with_annotations(content: bytes, *annotations: bytes, fields: bool = False) -> ParsedDocument:
    """A page with annotations, which are form fields if `fields`."""
    numbers = b" ".join(b"%d 0 R" % (7 + index) for index in range(len(annotations)))
    form = b"/AcroForm<</Fields[%s]/DR<</Font<</F1 3 0 R>>>>>>" % numbers if fields else b""
    catalog = CATALOG[0].replace(b"/Type/Catalog", b"/Type/Catalog" + form)
    page = (
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 6 0 R/Annots[%s]>>"
    )
    return parsed(assembled([catalog, CATALOG[1], FONT, FONT, page % numbers, stream(content), *annotations]))


@pytest.mark.parametrize(
    "hidden",
    [
        b"BT /F1 11 Tf 1 g 72 680 Td (Secret words.) Tj ET",
        b"BT /F1 11 Tf 0.99 0.98 1 rg 72 680 Td (Secret words.) Tj ET",
        b"BT /F1 11 Tf 3 Tr 72 680 Td (Secret words.) Tj ET",
        b"BT /F1 11 Tf 700 680 Td (Secret words.) Tj ET",
        b"BT /F1 11 Tf 72 -40 Td (Secret words.) Tj ET",
        b"BT /F1 11 Tf 170 0 Td 1 g 80 700 Td (Secret words.) Tj ET",
        b"1 g 60 660 400 60 re f BT /F1 11 Tf 72 680 Td (Secret words.) Tj ET",
    ],
    ids=["white", "nearly white", "invisible", "right of the page", "below the page", "on the line", "white on white"],
)
def test_text_that_nobody_sees_is_left_out_with_a_warning(hidden: bytes) -> None:
    document = shown(SEEN + hidden)
    assert document.text == "The canteen closes at two."
    assert document.warnings == (LEFT_OUT,)


def test_white_text_on_a_coloured_area_is_seen() -> None:
    document = shown(b"0 0 0.5 rg 60 690 300 30 re f 1 g " + SEEN)
    assert document.text == "The canteen closes at two."
    assert document.warnings == ()


def test_the_invisible_text_of_ocr_over_an_image_is_seen() -> None:
    drawing = b"q 612 0 0 792 0 0 cm /Im Do Q 3 Tr " + SEEN
    document = shown(drawing, IMAGE, resources=b"/XObject<</Im 7 0 R>>")
    assert document.text == "The canteen closes at two."


def test_a_page_without_text_but_with_an_image_is_reported() -> None:
    pages = b"<</Type/Pages/Kids[5 0 R 7 0 R]/Count 2>>"
    scan = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</Im 9 0 R>>>>/Contents 8 0 R>>"
    words = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 6 0 R>>"
    drawing = stream(b"q 612 0 0 792 0 0 cm /Im Do Q")
    document = parsed(assembled([CATALOG[0], pages, FONT, FONT, words, stream(SEEN), scan, drawing, IMAGE]))
    (warning,) = document.warnings
    assert warning.startswith("Page 2 was not read: it is an image without a text layer. To have it recognised here,")


def test_the_value_of_a_field_follows_its_label() -> None:
    labels = b"BT /F1 11 Tf 72 700 Td (Applicant:) Tj 0 -30 Td (Night shift:) Tj 0 -30 Td (Password:) Tj ET"
    widget = b"<</Type/Annot/Subtype/Widget/Rect[150 %d 300 %d]"
    document = with_annotations(
        labels,
        widget % (695, 712) + b"/FT/Tx/T(name)/V(Marla Quist)>>",
        widget % (665, 682) + b"/FT/Btn/T(night)/V/Yes/AS/Yes/AP<</N<</Yes 6 0 R/Off 6 0 R>>>>>>",
        widget % (635, 652) + b"/FT/Tx/Ff 8192/T(secret)/V(hunter2)>>",
        widget % (100, 120) + b"/FT/Tx/T(remark)/TU(Remark of the office)/V(approved)>>",
        widget % (60, 80) + b"/FT/Tx/T(empty)>>",
        fields=True,
    )
    assert document.text == (
        "Applicant: Marla Quist\n\nNight shift: yes\n\nPassword:\n\nRemark of the office: approved"
    )


def test_a_check_box_before_its_label_is_shown_as_a_box() -> None:
    widget = (
        b"<</Type/Annot/Subtype/Widget/Rect[72 %d 84 %d]/FT/Btn/T(box)/AS/%s/V/%s/AP<</N<</Yes 6 0 R/Off 6 0 R>>>>>>"
    )
    document = with_annotations(
        b"BT /F1 11 Tf 90 700 Td (By post) Tj 0 -40 Td (By mail) Tj ET",
        widget % (698, 710, b"Yes", b"Yes"),
        widget % (658, 670, b"Off", b"Off"),
        fields=True,
    )
    assert document.text == "☑ By post\n\n☐ By mail"


def test_text_boxes_and_comments_are_read_and_hidden_annotations_are_not() -> None:
    note = b"<</Type/Annot/Rect[300 500 400 520]/Subtype/%s/Contents(%s)%s>>"
    document = with_annotations(
        SEEN,
        note % (b"FreeText", b"Closed in August.", b""),
        note % (b"Text", b"Is this still true?", b""),
        note % (b"FreeText", b"never shown", b"/F 2"),
        note % (b"Link", b"a link", b""),
    )
    assert document.text == "The canteen closes at two.\n\nClosed in August.\n\nComment: Is this still true?"


def test_text_in_a_font_without_characters_is_refused() -> None:
    # A ToUnicode map that sends each letter to a private-use character, as subset fonts without names do.
    ranges = b"".join(b"<%02X><%04X>\n" % (code, 0xE000 + code) for code in range(0x21, 0x7F))
    table = b"begincmap 1 begincodespacerange <00><FF> endcodespacerange 94 beginbfchar\n%sendbfchar endcmap" % ranges
    font = FONT.replace(b"/Type/Font", b"/Type/Font/ToUnicode 7 0 R")
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 3 0 R>>>>/Contents 6 0 R>>"
    with pytest.raises(UnreadableDocument, match=r"fonts do not say which characters.*OCR"):
        parsed(assembled([*CATALOG[:2], font, font, page, stream(SEEN), stream(table)]))


def test_huge_and_many_annotations_are_cut() -> None:
    note = b"<</Type/Annot/Rect[300 500 400 520]/Subtype/FreeText/Contents(%s)>>"
    huge = with_annotations(SEEN, note % (b"a" * 3_000_000))
    assert len(huge.text) < 200_000
    many = with_annotations(SEEN, *[note % b"a"] * 8_000)
    assert 4_000 < len(many.blocks) < 6_000


def test_a_box_belongs_to_the_nearer_of_two_labels() -> None:
    widget = b"<</Type/Annot/Subtype/Widget/Rect[352 698 364 710]/FT/Btn/T(size)/AS/Yes/V/Yes/AP<</N<</Yes 6 0 R>>>>>>"
    labels = b"BT /F1 11 Tf 72 700 Td (Size of the shirt) Tj 0 -30 Td (Colour) Tj 300 30 Td (large) Tj ET"
    document = with_annotations(labels, widget, fields=True)
    assert document.text.split() == ["Size", "of", "the", "shirt", "Colour", "☑", "large"]
