"""Numbers the items of HTML lists as a browser does."""

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborNode

from api.adapters.parsing.ordinals import letters, roman

MAX_INDENT = 8
"""Deeper lists are not indented further."""
MAX_ITEMS = 100_000
"""Items that are counted to number a list downwards."""

_NUMBER = re.compile(r"-?\d{1,9}")
_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?\b(lower|upper)-(alpha|latin|roman)\b", re.IGNORECASE)


@dataclass(slots=True)
class _List:
    """`number`: of the next item, None for bullets. `form`: `1`, `a`, `A`, `i` or `I`."""

    number: int | None
    form: str = "1"
    step: int = 1


class OpenLists:
    """The lists around the element that is being read."""

    def __init__(self) -> None:
        self._open: list[_List] = []

    def __bool__(self) -> bool:
        return bool(self._open)

    def open(self, tag: str, node: LexborNode) -> None:
        """Begin a list."""
        self._open.append(_numbered(node) if tag == "ol" else _List(None))

    def close(self) -> None:
        """End the innermost list."""
        if self._open:
            self._open.pop()

    def prefix(self, item: LexborNode) -> str:
        """`- ` or the number of the next item, indented by the depth of its list."""
        if not self._open:
            return "- "
        innermost = self._open[-1]
        indent = "  " * (min(len(self._open), MAX_INDENT) - 1)
        if innermost.number is None:
            return f"{indent}- "
        number = _int(item.attributes.get("value"), innermost.number)
        innermost.number = number + innermost.step
        return f"{indent}{_written(number, innermost.form)}. "


def _numbered(node: LexborNode) -> _List:
    attributes = node.attributes
    backwards = "reversed" in attributes
    start = _int(attributes.get("start"), _items(node) if backwards else 1)
    return _List(start, _form(attributes.get("type"), attributes.get("style")), -1 if backwards else 1)


def _form(kind: str | None, style: str | None) -> str:
    named = _STYLE.search(style or "")
    if named:
        form = "i" if named[2].lower() == "roman" else "a"
        return form.upper() if named[1].lower() == "upper" else form
    return kind if kind in ("a", "A", "i", "I") else "1"


def _items(node: LexborNode) -> int:
    count, child = 0, node.child
    while child is not None and count < MAX_ITEMS:
        count += child.tag == "li"
        child = child.next
    return count


def _written(number: int, form: str) -> str:
    if form == "1":
        return str(number)
    written = roman(number) if form in "iI" else letters(number)
    return written.upper() if form.isupper() else written


def _int(text: str | None, default: int) -> int:
    found = _NUMBER.fullmatch((text or "").strip())
    return int(found[0]) if found else default
