"""Reads XML: each repeated element is a block of `name: value`, and running text is a paragraph.

<orders><order id="7"><status>open</status></order> …     ->  order: id: 7; status: open
<section><title>Setup</title><para>Run it.</para> …       ->  a heading and a paragraph
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from api.adapters.parsing.records.xml_tree import Element, parse_tree
from api.adapters.parsing.text_builder import Block, DocumentText
from api.adapters.parsing.web.html import html_blocks
from api.services.parsing.parser import XML, ParsedDocument, ParseLimits

TITLES = ("title", "head", "heading")
PARAGRAPHS = frozenset({"p", "para", "paragraph"})
PROSE_CHARS = 300
"""A longer value is a paragraph of its own."""
RECORD_CHARS = 600
"""A repeated element up to this length is one block, also if elements repeat inside it."""
HEADING_LEVELS = 6

_HTML = re.compile(r"</(?:p|div|a|li|td|b|i|strong|em|span|h[1-6])>|<br\s*/?>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")

Fields = list[tuple[str, str]]


def parse_xml(data: bytes, limits: ParseLimits) -> ParsedDocument:
    """Names are without prefixes. Comments and processing instructions are left out."""
    root = parse_tree(data)
    text = DocumentText(limits)
    for block in _blocks(root, repeats=False, level=0):
        text.add(block)
    return text.parsed(XML, empty="The XML document has no text.")


def _blocks(element: Element, repeats: bool, level: int) -> Iterator[Block]:
    """`repeats`: others beside it have its name. `level`: of its heading; 0 for the root, which has none."""
    if _is_prose(element):
        yield from _prose(element.text())
    elif _is_value(element):
        yield from _block(_inner_fields(element), element.tag) if repeats else _block(_fields(element))
    elif _is_record(element, repeats):
        yield from _block(_inner_fields(element), element.tag if level else "")
    else:
        yield from _container(element, level)


def _prose(text: str) -> Iterator[Block]:
    """The paragraphs of running text. Feeds hold HTML as text."""
    yield from html_blocks(text) if _HTML.search(text) else [Block(text)]


def _container(element: Element, level: int) -> Iterator[Block]:
    """Its title or name, its values together, then the other elements in order."""
    title = next((child for child in element.children if child.tag in TITLES and _is_value(child)), None)
    if title or level:
        yield Block(title.text() if title else element.tag, level=min(max(level, 1), HEADING_LEVELS))
    repeated = Counter(child.tag for child in element.children)
    rest = [child for child in element.children if child is not title]
    values = [child for child in rest if _is_value(child) and not (child.attributes and repeated[child.tag] > 1)]
    yield from _block([*_attributes(element), *(field for child in values for field in _fields(child))])
    together = set(map(id, values))
    for child in rest:
        if id(child) not in together:
            yield from _blocks(child, repeated[child.tag] > 1, level + 1)


def _block(fields: Iterable[tuple[str, str]], tag: str = "") -> Iterator[Block]:
    shown = ((name, _without_tags(value)) for name, value in fields)
    written = "; ".join(f"{name}: {value}" if name else value for name, value in shown if value)
    if written:
        yield Block(f"{tag}: {written}" if tag else written)


def _without_tags(value: str) -> str:
    return " ".join(block.text for block in html_blocks(value)) if _HTML.search(value) else value


def _is_record(element: Element, repeats: bool) -> bool:
    if _holds_prose(element):
        return False
    if not _holds_records(element):
        return True
    return repeats and sum(len(name) + len(value) for name, value in _inner_fields(element)) <= RECORD_CHARS


def _holds_prose(element: Element) -> bool:
    return any(_is_prose(child) or _holds_prose(child) for child in element.children)


def _holds_records(element: Element) -> bool:
    """Whether elements repeat in it, at any depth, that are more than a value."""
    repeated = Counter(child.tag for child in element.children)
    return any(
        (repeated[child.tag] > 1 and (child.attributes or not _is_value(child))) or _holds_records(child)
        for child in element.children
    )


def _is_value(element: Element) -> bool:
    """Whether it is a piece of text, perhaps with marked words inside."""
    return not _is_prose(element) and (element.mixed or not element.children)


def _is_prose(element: Element) -> bool:
    if element.children and not element.mixed:
        return False
    return (element.tag in PARAGRAPHS and bool(element.text())) or len(element.text()) > PROSE_CHARS


def _attributes(element: Element, prefix: str = "") -> Fields:
    return [(prefix + name, _SPACES.sub(" ", value).strip()) for name, value in element.attributes.items()]


def _inner_fields(element: Element) -> Fields:
    """`name: value` of all in it, without its own name."""
    if element.mixed or not element.children:
        return [("", element.text()), *_attributes(element)]
    return [*_attributes(element), *(field for child in element.children for field in _fields(child))]


def _fields(element: Element, prefix: str = "") -> Fields:
    """`path: value` of the element and of all in it."""
    path = prefix + element.tag
    own = _attributes(element, f"{path}.")
    if element.mixed or not element.children:
        return [(path, element.text()), *own]
    return [*own, *(field for child in element.children for field in _fields(child, f"{path}."))]
