"""Feeds and sitemaps: the addresses in them.

They come from the network: declarations of entities are refused, which no feed needs and bombs are made of, and neither
the elements nor the addresses are unlimited. expat loads nothing from outside.
"""

import gzip
import io
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.parsers import expat

from api.services.sources.errors import UnreadableFeed

MOST_BYTES = 50_000_000
"""Size of a sitemap, unpacked: the limit of the format."""
MOST_ELEMENTS = 1_000_000
MOST_DEPTH = 100
MOST_LETTERS = 2_000
"""Length of an address."""


@dataclass
class Sitemap:
    """The pages of a sitemap, or the sitemaps of an index of such."""

    pages: list[str] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


def links_of_feed(data: bytes, address: str) -> list[str]:
    """The addresses of the items of an RSS or Atom feed, in its order and each once. Raises `UnreadableFeed`."""
    found: list[str] = []

    def end(path: list[str], text: str, attributes: dict[str, str]) -> None:
        if path[-2:] == ["item", "link"]:
            found.append(text)
        if path[-2:] == ["entry", "link"] and attributes.get("rel", "alternate") == "alternate":
            found.append(attributes.get("href", ""))

    root = _read(data, end)
    if root not in ("rss", "feed", "RDF"):
        raise UnreadableFeed(f"This is neither an RSS nor an Atom feed: it begins with <{root}>.")
    return _addresses(found, address)


def addresses_of_sitemap(data: bytes, address: str) -> Sitemap:
    """The addresses in a sitemap or sitemap index, packed or not. Raises `UnreadableFeed`."""
    pages: list[str] = []
    sitemaps: list[str] = []

    def end(path: list[str], text: str, attributes: dict[str, str]) -> None:
        if path[-2:] == ["url", "loc"]:
            pages.append(text)
        if path[-2:] == ["sitemap", "loc"]:
            sitemaps.append(text)

    root = _read(_unpacked(data), end)
    if root not in ("urlset", "sitemapindex"):
        raise UnreadableFeed(f"This is no sitemap: it begins with <{root}>.")
    return Sitemap(_addresses(pages, address), _addresses(sitemaps, address))


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        with gzip.open(io.BytesIO(data)) as file:
            unpacked = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFeed("The sitemap is packed with gzip, and damaged.") from error
    if len(unpacked) > MOST_BYTES:
        raise UnreadableFeed(f"Unpacked, the sitemap has more than {MOST_BYTES:,} bytes.")
    return unpacked


def _addresses(found: list[str], base: str) -> list[str]:
    """Absolute addresses of the web, each once."""
    absolute = []
    for one in found:
        try:
            url = urldefrag(urljoin(base, one.strip())).url
            scheme = urlsplit(url).scheme
        except ValueError:
            continue
        if one.strip() and scheme in ("http", "https") and len(url) <= MOST_LETTERS and url.isprintable():
            absolute.append(url)
    return list(dict.fromkeys(absolute))


def _read(data: bytes, end: Callable[[list[str], str, dict[str, str]], None]) -> str:
    """Calls `end` at the end of each element, with its path and text; returns the root's name."""
    reading = _Reading(end)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.EntityDeclHandler = reading.refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise UnreadableFeed(f"This is no XML that can be read: {error}.") from error
    return reading.root


class _Reading:
    """The element that is being read: its path, and the text in it so far."""

    def __init__(self, ended: Callable[[list[str], str, dict[str, str]], None]) -> None:
        self.ended = ended
        self.root = ""
        self._elements = 0
        self._path: list[str] = []
        self._attributes: dict[str, str] = {}
        self._text = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        self._path.append(name.rpartition(" ")[2])
        self._attributes, self._text = attributes, ""
        self.root = self.root or self._path[0]
        if self._elements > MOST_ELEMENTS or len(self._path) > MOST_DEPTH:
            raise UnreadableFeed("It has too many elements, or too many inside each other.")

    def text(self, text: str) -> None:
        if len(self._text) <= MOST_LETTERS:  # more is no address
            self._text += text

    def end(self, name: str) -> None:
        self.ended(self._path, self._text, self._attributes)
        self._path.pop()
        self._attributes, self._text = {}, ""

    def refuse(self, *declaration: object) -> None:
        raise UnreadableFeed("It declares entities, which are not accepted.")
