"""Scans and images are recognised by the newest layer. These tests run on request: `make test-ocr`."""

import ctypes
import io
import struct
import threading
import time
import zlib

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
import pytest

from tests.ocr.scans import Library, picture, saved, scan

LETTER = (
    "The Aurora station was built in 1962. It stands on a glacier,",
    "2,410 metres above the sea, and has a crew of 14 in winter.",
)
JOINED = " ".join(LETTER)
FARES = (["Route", "Adults", "Children"], ["Lindholm", "12.50", "6.25"], ["Hisingen", "9.80", "4.90"])
ROWS = "Route | Adults | Children\nLindholm | 12.50 | 6.25\nHisingen | 9.80 | 4.90"


def test_the_pages_of_a_scanned_pdf_are_recognised_and_say_so(library: Library) -> None:
    scanned = library.uploaded("scan.pdf", scan(picture(*LETTER), picture(*FARES)))
    assert scanned.text == f"{JOINED}\n\n{ROWS}"
    assert scanned.recognised == [scanned.text]
    assert scanned.document["pages"] == 2
    (warning,) = scanned.document["warnings"]
    assert warning.startswith("Pages 1 and 2 were recognised by OCR: letters and numbers may be wrong")


def test_a_recognised_table_is_found_and_quoted_by_its_row(library: Library) -> None:
    fares = library.uploaded("fares.pdf", scan(picture("Fares of the northern ferries", *FARES)))
    question = {"query": "What does a child pay to Hisingen?", "document_ids": [fares.document["id"]]}
    hits = library.http.post("/search", json=question).json()["hits"]
    assert "Hisingen | 9.80 | 4.90" in hits[0]["text"]
    assert hits[0]["page"] == 1


@pytest.mark.parametrize("degrees", [90, 180, 270, 3])
def test_a_page_that_was_laid_in_wrongly_is_read(library: Library, degrees: int) -> None:
    turned = picture(*LETTER, "", *FARES).rotate(degrees, expand=True, fillcolor="white")
    assert library.uploaded(f"turned {degrees}.pdf", scan(turned)).text == f"{JOINED}\n\n{ROWS}"


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_images_are_read_whatever_they_are_called(library: Library, format: str) -> None:
    image = picture("Photographed notice", *LETTER, height=500)
    document = library.uploaded(f"{format} notice.txt", saved(image, format))
    assert document.text.endswith(JOINED)
    assert document.document["content_type"] == f"image/{format.lower()}"
    assert document.document["pages"] == 1


def test_each_page_of_a_tiff_is_a_page_up_to_the_limit(library: Library) -> None:
    pages = [picture(f"This is page number {number} of the fax.", height=300) for number in range(1, 6)]
    fax = library.uploaded("fax.tiff", saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]))
    assert [line for line in fax.text.split("\n") if line] == [
        f"This is page number {number} of the fax." for number in (1, 2, 3)
    ]
    assert fax.document["warnings"][1:] == [
        "Pages 4 and 5 were not read: OCR reads 3 pages of a document at most (OCR_PAGES)."
    ]


def test_a_long_screenshot_is_read_to_its_end(library: Library) -> None:
    lines = [f"Message number {number} of the chat." for number in range(1, 61)]
    image = picture(*lines, width=720, height=3_300)
    document = library.uploaded("chat.png", saved(image, "PNG"))
    assert document.text.split() == " ".join(lines).split()


def test_a_transparent_image_is_read_on_white_and_one_in_16_bits_of_grey(library: Library) -> None:
    letters = picture("Transparent letters", height=300).convert("L")
    image = letters.point(lambda _: 0).convert("RGBA")
    image.putalpha(letters.point(lambda value: 255 - value))
    assert library.uploaded("transparent.png", saved(image, "PNG")).text == "Transparent letters"
    grey = picture("Grey letters", height=300).convert("L").point(lambda value: value * 200, "I").convert("I;16")
    assert library.uploaded("grey.png", saved(grey, "PNG")).text == "Grey letters"


def test_a_photograph_is_turned_as_its_camera_says(library: Library) -> None:
    image = picture("Held upright", height=400)
    exif = image.getexif()
    exif[0x0112] = 6
    data = saved(image.rotate(90, expand=True), "JPEG", exif=exif)
    assert library.uploaded("photo.jpg", data).text == "Held upright"


def test_a_scan_below_a_stamp_is_read_and_a_picture_behind_a_title_is_not(library: Library) -> None:
    stamped = library.uploaded("stamped.pdf", with_text(scan(picture(*LETTER)), "Scanned by an office machine"))
    assert JOINED in stamped.text
    assert stamped.recognised == [stamped.text]
    titled = library.uploaded("titled.pdf", with_text(scan(picture()), "Annual report of the harbour"))
    assert titled.text == "Annual report of the harbour"
    assert titled.recognised == []


def with_text(data: bytes, words: str) -> bytes:
    """The PDF, with a line of text at the foot of its first page."""
    pdf = pdfium.PdfDocument(data)
    page, font = pdf[0], pdfium_c.FPDFText_LoadStandardFont(pdf, b"Helvetica")
    line = pdfium_c.FPDFPageObj_CreateTextObj(pdf, font, 12)
    letters = (words + "\0").encode("utf-16-le")
    pdfium_c.FPDFText_SetText(line, ctypes.cast(letters, ctypes.POINTER(ctypes.c_ushort)))
    pdfium_c.FPDFPageObj_Transform(line, 1, 0, 0, 1, 60, 30)
    pdfium_c.FPDFPage_InsertObject(page, line)
    page.gen_content()
    file = io.BytesIO()
    pdf.save(file)
    pdf.close()
    return file.getvalue()


def test_ocr_does_not_make_other_documents_wait(library: Library) -> None:
    slow = scan(*(picture(*[f"{number} {line}" for line in LETTER * 10]) for number in range(3)))
    reading = threading.Thread(target=library.uploaded, args=("slow.pdf", slow))
    reading.start()
    try:
        begin = time.monotonic()
        library.uploaded("quick.txt", b"A short note about the tides.")
        assert reading.is_alive(), time.monotonic() - begin
    finally:
        reading.join()


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of one bit per pixel that states this size."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = part(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(rows, 9)) + part(b"IEND", b"")


def huge_image_pdf() -> bytes:
    """A page whose image is 60,000 pixels wide and high, in 450 kB."""
    return (
        scan(picture(width=20, height=20))
        .replace(b"/Width 20", b"/Width 60000")
        .replace(b"/Height 20", b"/Height 60000")
    )


def test_hostile_images_are_refused_for_a_reason_and_the_next_one_is_read(library: Library) -> None:
    refused = {
        "huge.png": png(60_000, 60_000, bytes(450_000_000 // 100)),
        "cut.png": saved(picture(*LETTER), "PNG")[:3_000],
        "cut.jpg": saved(picture(*LETTER), "JPEG")[:3_000],
        "cut.tiff": saved(picture(*LETTER), "TIFF")[:3_000],
        "blank.png": saved(picture(), "PNG"),
        "dot.png": png(1, 1, b"\0\0"),
        "line.png": png(40_000_000, 1, bytes(5_000_001)),
        "blank.pdf": scan(picture()),
        "huge.pdf": huge_image_pdf(),
    }
    codes = {name: library.refusal(name, data)[1] for name, data in refused.items()}
    assert codes == dict.fromkeys(refused, "unreadable_document") | {"huge.png": "document_bomb"}
    assert library.uploaded("next.png", saved(picture("The next one", height=300), "PNG")).text == "The next one"
