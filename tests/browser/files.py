"""Documents to upload: a handbook of three pages, a policy, a web page, and a picture named like a PDF."""

from collections.abc import Sequence
from typing import TypedDict


class Payload(TypedDict):
    """A file as Playwright's file chooser takes it."""

    name: str
    mimeType: str
    buffer: bytes


PAGES = [
    [
        "Northlight Observatory: staff handbook",
        "The observatory stands on a ridge 2,140 metres above the sea.",
        "It was founded in 1968 by the astronomer Ilse Marten, who led it for nineteen years.",
        "The main telescope has a mirror of 3.6 metres and is named after her.",
    ],
    [
        "Working at night",
        "An observing night begins one hour after sunset and ends one hour before sunrise.",
        "The night shift has two people at all times: nobody works alone under the dome.",
        "After three nights in a row, every observer takes two full days of rest.",
        "The dome is closed when the wind is stronger than 72 kilometres an hour,",
        "or when the humidity rises above 90 percent.",
    ],
    [
        "Visitors and equipment",
        "Visitors are welcome on Saturdays from two to six in the afternoon.",
        "The mirror is washed every spring and gets a new coat of aluminium every second summer.",
        "Liquid nitrogen is refilled by trained staff only, with gloves and a face shield.",
    ],
]
POLICY = """\
# Travel policy

Journeys of less than 600 kilometres are made by train. Flights need the approval of the director.

## Expenses

Receipts are handed in within 30 days after the journey. Meals are paid up to 48 euros a day.
"""
CATALOGUE = """\
<!doctype html><title>Instruments</title>
<h1>Instruments</h1>
<p>The spectrograph LYRA splits the light of one star into 160,000 colours.</p>
<p>The camera AQUILA takes a picture of the whole sky every 15 seconds.</p>
"""


def handbook() -> Payload:
    return {"name": "staff-handbook.pdf", "mimeType": "application/pdf", "buffer": pdf(PAGES)}


def policy() -> Payload:
    return text("travel-policy.md", POLICY)


def catalogue() -> Payload:
    return text("instruments.html", CATALOGUE)


def picture() -> Payload:
    """A PNG image named like a PDF."""
    return {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(200)}


def text(name: str, content: str) -> Payload:
    return {"name": name, "mimeType": "text/plain", "buffer": content.encode()}


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines on its pages."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        drawn = " T* ".join(f"({line}) Tj" for line in lines)
        content = f"BT /F1 11 Tf 60 760 Td 22 TL {drawn} ET".encode()
        page = f"/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * number} 0 R"
        bodies.append(f"<< {page} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        bodies.append(b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content))
    file, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj %s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(bodies) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return file + end % (size, table, size, len(file))
