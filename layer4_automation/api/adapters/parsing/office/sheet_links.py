"""Gives linked cells of a workbook (XLSX) their addresses, and counts formulas whose result is not stored.

The library reads neither, so a copy of the workbook is made, in which a linked cell says `text (address)`.
"""

import io
import re
import zipfile
from dataclasses import dataclass, field
from html import unescape
from xml.sax.saxutils import escape

from api.adapters.parsing.links import is_address, with_address
from api.adapters.parsing.office.package import Package, attributes, descendants
from api.adapters.parsing.records.xml_tree import Element

STRINGS = "xl/sharedStrings.xml"

_LINK = re.compile(rb"<(?:\w+:)?hyperlink\s[^>]*>")
_CELL = re.compile(rb"<((?:\w+:)?)c(\s[^>]*)?(?<!/)>(.*?)</\1c\s*>", re.S)
_PLACE = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=\"([A-Z]+\d+)\"")
_WITHOUT_RESULT = re.compile(
    rb"<((?:\w+:)?)c(?:\s[^>]*)?(?<!/)>\s*<\1f(?=[\s/>])(?:[^>]*/>|[^>]*>[^<]*</\1f\s*>)\s*"
    rb"(?:<\1v\s*/>|<\1v\s*>\s*</\1v\s*>|(?=</\1c))"
)
_LINK_FORMULA = re.compile(rb"<((?:\w+:)?)c(?:\s[^>]*)?(?<!/)>\s*<\1f[^>]*>\s*HYPERLINK\(", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:\w+:)?f(?=[\s/>])[^>]*>([^<]*)")
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]*)<")
_INLINE = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
_LINKING = re.compile(r'HYPERLINK\(\s*"([^"]+)"\s*(?:[,;]\s*"([^"]*)")?', re.IGNORECASE)
TEXTS = ("s", "str", "inlineStr")
"""Kinds of cells that hold text."""


@dataclass(slots=True)
class LinkedCells:
    """`workbook`: the copy. `loose`: by part, the links of cells that hold numbers. `without_result`: formulas."""

    workbook: bytes
    loose: dict[str, list[str]] = field(default_factory=dict)
    without_result: int = 0


def with_links(data: bytes, package: Package, sheets: list[str]) -> LinkedCells:
    """`sheets`: the parts of the sheets."""
    found, strings = LinkedCells(data), _Strings(package)
    changed = dict[str, bytes]()
    for part in sheets:
        xml = package.bytes(part)
        reader = _Sheet(_links(package, part, xml), strings)
        seen = reader.rewritten(xml)
        found.without_result += reader.without_result
        found.loose[part] = [f"Link in {place}: {address}" for place, address in reader.links.items()]
        if seen != xml:
            changed[part] = seen
    if changed:
        found.workbook = _copy(data, changed)
    return found


class _Sheet:
    """Rewrites the cells of one sheet. Each link that was written is removed from `links`."""

    def __init__(self, links: dict[str, str], strings: "_Strings") -> None:
        self.links = links
        self.without_result = 0
        self._text = strings.text

    def rewritten(self, xml: bytes) -> bytes:
        """Only the few cells that matter are looked at: a sheet may have a million."""
        starts = {found.start() for pattern in (_WITHOUT_RESULT, _LINK_FORMULA) for found in pattern.finditer(xml)}
        if self.links:
            places = {place.encode() for place in self.links}
            starts.update(found.start() for found in _PLACE.finditer(xml) if found[1] in places)
        pieces, end = list[bytes](), 0
        for start in sorted(starts):
            if found := _CELL.match(xml, start):
                pieces += xml[end:start], self._cell(found)
                end = found.end()
        return b"".join((*pieces, xml[end:])) if pieces else xml

    def _cell(self, found: re.Match[bytes]) -> bytes:
        prefix, inner = found[1], found[3]
        formula = _FORMULA.search(inner)
        facts = attributes((found[2] or b"").decode(errors="replace"))
        kind, text, value = facts.get("t", "n"), "", _VALUE.search(inner)
        stored = unescape(value[1].decode(errors="replace")) if value else ""
        if kind in TEXTS:
            text = self._text(kind, stored, inner)
        address = self.links.get(facts.get("r", ""), "")
        if formula and (linking := _LINKING.match(unescape(formula[1].decode(errors="replace")))):
            address, text = address or linking[1], text or stored or linking[2] or linking[1]
        if formula and not text and (value is None or (not stored and kind != "str")):
            self.without_result += 1
        if not address or not text:
            return found[0]
        self.links.pop(facts.get("r", ""), None)
        written = escape(with_address(text, address)).encode()
        place = facts.get("r", "").encode()
        return b'<%bc r="%b" t="inlineStr"><%bis><%bt>%b</%bt></%bis></%bc>' % (
            *(prefix, place, prefix, prefix, written),
            *(prefix, prefix, prefix),
        )


class _Strings:
    """The texts that cells share, read when the first one is needed."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._shared: list[str] | None = None

    def text(self, kind: str, stored: str, inner: bytes) -> str:
        """The text of a cell of a kind in `TEXTS`."""
        if kind == "inlineStr":
            return unescape(b"".join(_INLINE.findall(inner)).decode(errors="replace"))
        if kind == "str":
            return stored
        return self._at(int(stored)) if stored.isascii() and stored.isdecimal() and len(stored) < 9 else ""

    def _at(self, number: int) -> str:
        if self._shared is None:
            root = self._package.tree(STRINGS)
            self._shared = [_shown(item) for item in root.children] if root else []
        return self._shared[number] if number < len(self._shared) else ""


def _shown(item: Element) -> str:
    """A shared text without the reading aids of Asian scripts."""
    return "".join(piece.raw() for piece in descendants(item, "t", but="rPh"))


def _links(package: Package, part: str, xml: bytes) -> dict[str, str]:
    """The addresses of linked cells by their place; of a range of cells, that of the first one."""
    tags = [attributes(tag.decode(errors="replace")) for tag in _LINK.findall(xml)]
    relations = package.relations(part) if tags else []
    targets = {relation.id: relation.target for relation in relations if relation.external}
    places = {tag.get("ref", "").partition(":")[0]: targets.get(tag.get("id", ""), "") for tag in tags}
    return {place: address for place, address in places.items() if is_address(address)}


def _copy(data: bytes, changed: dict[str, bytes]) -> bytes:
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed[name] if name in changed else old.read(name))
    return copy.getvalue()
