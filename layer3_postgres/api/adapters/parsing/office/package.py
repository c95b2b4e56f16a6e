"""The parts of an Office Open XML file, and the relations by which one part names another."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from api.adapters.parsing.records.xml_tree import Element, parse_tree
from api.services.parsing.errors import DocumentBomb, UnreadableDocument, UnsupportedDocument

_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*"([^"]*)"|([\w:]+)\s*=\s*\'([^\']*)\'')


@dataclass(frozen=True, slots=True)
class Relation:
    """`kind`: the last word of its type, such as `comments`. `target`: a part, or an address outside the file."""

    id: str
    kind: str
    target: str
    external: bool


class Package:
    """An archive that was checked before. `read`: the names of the parts that were asked for."""

    def __init__(self, data: bytes) -> None:
        self._archive = zipfile.ZipFile(io.BytesIO(data))
        self.names = frozenset(self._archive.namelist())
        self.read: set[str] = set()

    def bytes(self, part: str) -> bytes:
        """b"" if there is no such part."""
        self.read.add(part)
        return self._archive.read(part) if part in self.names else b""

    def tree(self, part: str) -> Element | None:
        """None if the part is missing or damaged: what stands beside the text is no reason to refuse it."""
        try:
            return parse_tree(self.bytes(part)) if part in self.names else None
        except (UnreadableDocument, UnsupportedDocument, DocumentBomb):
            return None

    def relations(self, part: str) -> list[Relation]:
        """The relations of a part, in order."""
        folder, name = posixpath.split(part)
        root = self.tree(f"{folder}/_rels/{name}.rels")
        return [_relation(node.attributes, folder) for node in root.children] if root else []

    def related(self, part: str, kind: str) -> list[str]:
        """The parts of one kind that a part names."""
        return [found.target for found in self.relations(part) if found.kind == kind and not found.external]


def _relation(attributes: dict[str, str], folder: str) -> Relation:
    target, external = attributes.get("Target", ""), attributes.get("TargetMode") == "External"
    if not external:
        target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
    return Relation(attributes.get("Id", ""), attributes.get("Type", "").rpartition("/")[2], target, external)


def descendants(element: Element, *tags: str, but: str = "") -> Iterator[Element]:
    """The elements of these names below one, outermost only, and none below an element of the name `but`."""
    for child in element.children:
        if child.tag in tags:
            yield child
        elif child.tag != but:
            yield from descendants(child, *tags, but=but)


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a tag as it stands in the file, by their names without prefix."""
    found = ((match[1] or match[3], match[2] or match[4] or "") for match in _ATTRIBUTE.finditer(tag))
    return {name.rpartition(":")[2]: value for name, value in found}
