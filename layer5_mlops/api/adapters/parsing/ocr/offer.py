"""Whether OCR can be used, and what is said where it was or could be."""

import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec

from api.adapters.parsing.text_builder import DocumentText
from api.services.parsing.parser import Ocr, ParseLimits

OFFER = (
    "To have it recognised here, install the extra `ocr` (pip install -c constraints.txt -e '.[ocr]') and set "
    "OCR=true; or run OCR on it yourself (for example with ocrmypdf) and upload the result."
)
NOT_INSTALLED = (
    "OCR is on, but the extra `ocr` is not installed: run pip install -c constraints.txt -e '.[ocr]', or run OCR on it "
    "yourself (for example with ocrmypdf) and upload the result."
)
RECOGNISED = "{} recognised by OCR: letters and numbers may be wrong, so compare them with the original."
TOO_MANY = "{} not read: OCR reads {:,} pages of a document at most (OCR_PAGES)."
SCRIPTS = "OCR knows Latin, Greek, Chinese and Japanese letters."
ILLEGIBLE = f"{{}} not read: {SCRIPTS}"
TOO_LATE = "{} not read: the time for OCR was over (OCR_SECONDS)."


class ScansFound(Exception):
    """The document has so many pages to recognise, and that has to be done under other limits."""

    def __init__(self, pages: int) -> None:
        self.pages = pages
        super().__init__(f"{pages} pages to recognise")


def in_time(pages: Sequence[int], limits: ParseLimits) -> Iterator[int]:
    """The pages to recognise, in order, until their number or the time is used up; always the first."""
    deadline = time.monotonic() + min(len(pages), limits.ocr_pages) * limits.ocr_seconds
    for number in pages[: limits.ocr_pages]:
        if number != pages[0] and time.monotonic() > deadline:
            return
        yield number


def warn(text: DocumentText, legible: Mapping[int, bool], unread: Sequence[int], limits: ParseLimits) -> None:
    """Say which pages (from 1) were recognised, and which were not and why. `legible`: of each that was tried."""
    for sentence, wanted in ((RECOGNISED, True), (ILLEGIBLE, False)):
        if numbers := [number for number, is_legible in legible.items() if is_legible is wanted]:
            text.warn(sentence.format(were(numbers)))
    if unread and len(legible) < limits.ocr_pages:
        text.warn(TOO_LATE.format(were(unread)))
    elif unread:
        text.warn(TOO_MANY.format(were(unread), limits.ocr_pages))


def is_usable(limits: ParseLimits) -> bool:
    """Whether scans are recognised, now or later."""
    return limits.ocr is not Ocr.OFF and _installed()


def offer(limits: ParseLimits) -> str:
    """How the reader of a document gets its scans recognised."""
    return OFFER if limits.ocr is Ocr.OFF else NOT_INSTALLED


def were(numbers: Sequence[int]) -> str:
    """`Page 2 was`, `Pages 1 to 3 and 5 were`: the subject and verb of a sentence about pages, in rising order."""
    parts = [text for run in _runs(numbers) for text in _named(*run)]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"Page {listed} was" if len(numbers) == 1 else f"Pages {listed} were"


def _named(first: int, last: int) -> Iterator[str]:
    if last - first > 1:
        yield f"{first} to {last}"
    else:
        yield from map(str, range(first, last + 1))


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
