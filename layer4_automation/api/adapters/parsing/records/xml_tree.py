"""Reads XML into elements with expat. Entities are never expanded, and nothing is loaded from elsewhere."""

import re
from collections.abc import Iterator, Sequence
from xml.parsers import expat

from api.adapters.parsing.text.decoding import decode
from api.services.parsing.errors import DocumentBomb, UnreadableDocument

MAX_DEPTH = 200
"""Nested elements."""
_SYNTAX = re.compile(r"xmlns|xsi:|xml:space")
"""Attributes for programs: names of namespaces, places of schemas."""
_SPACES = re.compile(r"\s+")
_DECLARED = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")


class Element:
    """`children`: the elements inside it. `mixed`: text stands beside them."""

    __slots__ = ("_pieces", "attributes", "children", "mixed", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: Sequence[Element] = ()
        self.mixed = False
        self._pieces: list[str | Element] = []

    def add(self, piece: "str | Element") -> None:
        self._pieces.append(piece)

    def close(self) -> None:
        """All that is inside it is known."""
        self.children = tuple(piece for piece in self._pieces if isinstance(piece, Element))
        texts = [piece for piece in self._pieces if isinstance(piece, str)]
        self.mixed = bool(self.children) and any(map(str.strip, texts))
        if not self.mixed:
            self._pieces = ["".join(texts)] if texts and not self.children else []

    def text(self) -> str:
        """All text inside it and inside its elements, on one line."""
        return _SPACES.sub(" ", self.raw()).strip()

    def raw(self) -> str:
        """The same with its white space."""
        return "".join(self._texts())

    def _texts(self) -> Iterator[str]:
        for piece in self._pieces or self.children:
            if isinstance(piece, Element):
                yield from piece._texts()
            else:
                yield piece


class _Builder:
    """The handlers of expat."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        named = {local(name): value for name, value in attributes.items() if not _SYNTAX.match(name)}
        element = Element(local(tag), named)
        if len(self._open) == MAX_DEPTH:
            raise DocumentBomb("The XML document is nested too deeply.")
        if self._open:
            self._open[-1].add(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _tag: str) -> None:
        self._open.pop().close()

    def text(self, piece: str) -> None:
        self._open[-1].add(piece)

    @staticmethod
    def entity(*_declaration: object) -> None:
        raise DocumentBomb("The XML document declares entities of its own, which may expand without end. Remove them.")


def parse_tree(data: bytes) -> Element:
    """The outermost element. Raises `UnreadableDocument` with the line that is wrong, `DocumentBomb`."""
    declared = _DECLARED.match(data)
    source = decode(data, declared[1].decode() if declared else None)
    source = _DECLARATION.sub("", source).lstrip()  # its encoding is no longer the declared one
    builder, parser = _Builder(), expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.EntityDeclHandler = builder.entity
    try:
        parser.Parse(source, True)
    except (expat.ExpatError, UnicodeEncodeError) as error:
        raise UnreadableDocument(_complaint(error)) from error
    if builder.root is None:
        raise UnreadableDocument("The XML document is empty.")
    return builder.root


def _complaint(error: expat.ExpatError | UnicodeEncodeError) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "The XML document is not valid: it has characters that are not text."
    reason = expat.ErrorString(error.code) if error.code else str(error)
    return f"The XML document is not valid: {reason} in line {error.lineno:,}, column {error.offset + 1:,}."


def local(name: str) -> str:
    """The name without its prefix: `dc:title` is `title`."""
    return name.rpartition(":")[2]
