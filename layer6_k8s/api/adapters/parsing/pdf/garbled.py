"""Recognises text whose font does not say which characters its glyphs stand for.

Such a page looks right on paper, but its text is made of private-use characters or replacement marks: nothing in it can
be found or quoted.
"""

import re

from api.services.parsing.errors import UnreadableDocument

SHARE = 0.3
"""Share of a text's characters without meaning above which the text is useless."""
LEAST = 10
"""Characters without meaning below which a text is not judged: a few icons are no fault."""

_MEANINGLESS = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f\U000f0000-\U0010fffd]|\\(cid:\\d+\\)")
_SPACES = re.compile(r"\s+")
GARBLED = (
    "The text of the PDF cannot be read: its fonts do not say which characters they show. Print it to a PDF again, or "
    "run OCR on it (for example with ocrmypdf --force-ocr), and upload the result."
)


def check_readable(pages: list[str]) -> list[int]:
    """The numbers (from 1) of the pages that cannot be read. Raises `UnreadableDocument` if most of the text cannot."""
    if is_garbled("".join(pages)):
        raise UnreadableDocument(GARBLED)
    return [number for number, page in enumerate(pages, 1) if is_garbled(page)]


def is_garbled(text: str) -> bool:
    """Whether too many of the characters have no meaning."""
    found = len(_MEANINGLESS.findall(text))
    return found >= LEAST and found > SHARE * len(_SPACES.sub("", text))
