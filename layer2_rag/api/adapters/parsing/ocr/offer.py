"""Whether OCR can be used, and what is said where it was or could be."""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec

from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.parser import Ocr, ParseLimits

OFFER = (
    "To have it recognised here, install the extra `ocr` (pip install -c constraints.txt -e '.[ocr]') and set OCR=true; "
    "or run OCR on it yourself (for example with ocrmypdf) and upload the result."
)
NOT_INSTALLED = (
    "OCR is on, but the extra `ocr` is not installed: run pip install -c constraints.txt -e '.[ocr]', or run OCR on it "
    "yourself (for example with ocrmypdf) and upload the result."
)
RECOGNISED = "{} recognised by OCR: letters and numbers may be wrong, so compare them with the original."
TOO_MANY = "{} not read: OCR reads {:,} pages of a document at most (OCR_PAGES)."


class ScansFound(Exception):
    """The document has so many pages to recognise, and that has to be done under other limits."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        super().__init__(f"{pages} pages to recognise")


def warn(text: DocumentText, read: Sequence[int], unread: Sequence[int], whole: bool = False) -> None:
    """Say which pages were recognised, and which were too many. `whole`: the document is one image."""
    if read:
        text.warn(RECOGNISED.format("The text was" if whole else were(read)))
    if unread:
        text.warn(TOO_MANY.format(were(unread), len(read)))


def is_usable(limits: ParseLimits) -> bool:
    """Whether scans are recognised, now or later."""
    return limits.ocr is not Ocr.OFF and _installed()


def offer(limits: ParseLimits) -> str:
    """How the reader of a document gets its scans recognised."""
    return OFFER if limits.ocr is Ocr.OFF else NOT_INSTALLED


def were(numbers: Sequence[int]) -> str:
    """`Page 2 was`, `Pages 1 to 3 and 5 were`: the subject and verb of a sentence about pages, in rising order."""
    parts = [str(first) if first == last else f"{first} to {last}" for first, last in _runs(numbers)]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"Page {listed} was" if len(numbers) == 1 else f"Pages {listed} were"


def _installed() -> bool:
    return find_spec("rapidocr") is not None


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and last of each run of numbers without a gap."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number > last + 1:
            yield first, last
            first = number
        last = number
    yield first, last
