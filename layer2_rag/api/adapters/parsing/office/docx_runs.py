"""The characters of a DOCX paragraph, with the addresses of its links and the descriptions of its pictures."""

import re
from collections.abc import Mapping

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.links import with_address
from api.adapters.parsing.office.docx_fields import field_value, is_on
from api.adapters.parsing.ticks import TICKED, UNTICKED

RUN, TEXT, LINK = qn("w:r"), qn("w:t"), qn("w:hyperlink")
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
UNSEEN = frozenset(qn(f"w:{name}") for name in ("del", "moveFrom", "pPr", "rPr", "rt", "txbxContent")) | {FALLBACK}
"""Not part of the running text: deleted text, properties, reading aids, alternatives for older programs."""
SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
MATH_TEXT = f"{MATH}t"
MATH_SIGNS = {f"{MATH}sup": "^", f"{MATH}sub": "_", f"{MATH}den": "/"}
"""What stands before a part of a formula."""
PICTURE = qn("wp:docPr")
HIDDEN = f"{qn('w:rPr')}/{qn('w:vanish')}"
STRUCK = (f"{qn('w:rPr')}/{qn('w:strike')}", f"{qn('w:rPr')}/{qn('w:dstrike')}")
RAISED = f"{qn('w:rPr')}/{qn('w:vertAlign')}"
FIELD, FIELD_CODE, SIMPLE_FIELD = qn("w:fldChar"), qn("w:instrText"), qn("w:fldSimple")
SYMBOL = qn("w:sym")
SYMBOLS = {
    "FE": TICKED,
    "FD": "☒",
    "A8": UNTICKED,
    "6F": UNTICKED,
    "FC": "✓",
    "FB": "✗",
    "E0": "→",
    "B7": "•",
    "A7": "▪",
}
"""Signs of the fonts Wingdings and Symbol that carry a meaning."""
MAX_CODE = 1_000
MAX_DESCRIPTION = 1_000

_DIGITS = re.compile(r"[+−-]?\d{1,4}")
_LINK_CODE = re.compile(r'\s*HYPERLINK\s+(?:\\[a-z]\s+)?"([^"]+)"', re.IGNORECASE)


def paragraph_text(paragraph: Element, addresses: Mapping[str, str]) -> str:
    """The characters of a paragraph; `addresses`: of the links, by the name of their relation."""
    runs = _Runs(addresses)
    runs.read(paragraph)
    return runs.finished().strip()


class _Runs:
    """Collects the characters in order. A link may be a field, whose code stands in runs before its text."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._texts: list[str] = []
        self._code: str | None = None  # of the field whose code is being read
        self._link: tuple[str, int] | None = None  # address of the open link field, and where its text begins

    def read(self, node: Element) -> None:
        """Collect the characters below a node."""
        for child in node:
            self._read(child)

    def finished(self) -> str:
        """All characters; a link field that is still open ends here."""
        self._end_link()
        return "".join(self._texts)

    def _read(self, child: Element) -> None:
        tag, start = child.tag, len(self._texts)
        if tag in (TEXT, MATH_TEXT):
            self._texts.append(child.text or "")
        elif tag in SIGNS:
            self._texts.append(SIGNS[tag])
        elif tag == PICTURE:
            self._texts.append((child.get("descr") or "")[:MAX_DESCRIPTION])
        elif tag == SYMBOL:
            self._texts.append(SYMBOLS.get(child.get(qn("w:char"), "").upper().removeprefix("F0"), ""))
        elif tag == FIELD:
            self._texts.append(field_value(child))
            self._field(child.get(qn("w:fldCharType"), ""))
        elif tag == FIELD_CODE:
            self._code = None if self._code is None else (self._code + (child.text or ""))[:MAX_CODE]
        elif tag not in UNSEEN and not (tag == RUN and _is_unseen(child)):
            self.read(child)
            if tag in MATH_SIGNS and "".join(self._texts[start:]):
                self._texts.insert(start, MATH_SIGNS[tag])
            self._after(child, start)

    def _after(self, node: Element, start: int) -> None:
        """Give a link its address, and mark raised digits; the node's texts begin at `start`."""
        if node.tag == LINK:
            self._add_address(start, self._addresses.get(node.get(qn("r:id"), ""), ""))
        elif node.tag == SIMPLE_FIELD and (link := _LINK_CODE.match(node.get(qn("w:instr"), ""))):
            self._add_address(start, link.group(1))
        elif node.tag == RUN and _is_raised(node) and _DIGITS.fullmatch("".join(self._texts[start:])):
            self._texts.insert(start, "^")

    def _field(self, kind: str) -> None:
        if kind == "begin":
            self._code = ""
        elif kind == "separate" and self._code is not None:
            link = _LINK_CODE.match(self._code)
            self._code = None
            self._link = (link.group(1), len(self._texts)) if link else self._link
        elif kind == "end":
            self._end_link()

    def _end_link(self) -> None:
        if self._link is not None:
            (address, start), self._link = self._link, None
            self._add_address(start, address)

    def _add_address(self, start: int, address: str) -> None:
        text = "".join(self._texts[start:])
        self._texts[start:] = [with_address(text, address)]


def _is_unseen(run: Element) -> bool:
    """Whether the run is hidden or struck out."""
    struck = (run.find(path) for path in STRUCK)
    return run.find(HIDDEN) is not None or any(is_on(node) for node in struck if node is not None)


def _is_raised(run: Element) -> bool:
    align = run.find(RAISED)
    return align is not None and align.get(qn("w:val")) == "superscript"
