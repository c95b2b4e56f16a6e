"""Recognises the parts of a page that are not what it says: menus, the question about cookies, and what is hidden."""

import re
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborNode

SHARE_OF_LINKS = 0.9
"""Share of a list's characters in links that makes it a menu."""
LEAST_LINKS = 3

_COOKIE = re.compile(
    r"cookie[-_ ]?s?[-_ ]?(?:consent|banner|notice|bar|pop-?up|modal|dialog|overlay|message|wall|box|hint|info|alert"
    r"|layer|settings|disclaimer|container|prompt|warning)"
    r"|(?:consent|gdpr|privacy)[-_ ]?(?:banner|bar|notice|pop-?up|modal|dialog|overlay|manager|layer|wall)"
    r"|onetrust|cookiebot|usercentrics|didomi",
    re.IGNORECASE,
)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0*)?\s*(?:;|!|$)"
    r"|font-size\s*:\s*0(?:\.0*)?(?:px|pt|em|rem|%)?\s*(?:;|!|$)",
    re.IGNORECASE,
)
_FRAMES = frozenset({"div", "section", "aside", "dialog", "footer", "form", "p"})
Attributes = Mapping[str, str | None]


def is_hidden(node: LexborNode) -> bool:
    """Whether an element is hidden by its own attributes. Style sheets are not evaluated."""
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDING.search(attributes.get("style") or ""))


def is_beside_the_text(node: LexborNode, attributes: Attributes, before_title: bool) -> bool:
    """Whether an element is a menu or a question about cookies. `before_title`: the page's first `<h1>` comes later."""
    tag = node.tag or ""
    if tag == "nav" or attributes.get("role") == "navigation":
        return True
    if tag in _FRAMES:
        names = " ".join(attributes.get(name) or "" for name in ("id", "class", "aria-label"))
        return bool(_COOKIE.search(names)) and node.css_first("h1, main, article") is None
    return before_title and tag in ("ul", "ol", "menu") and _is_links_only(node)


def _is_links_only(node: LexborNode) -> bool:
    links = [len("".join(link.text().split())) for link in node.css("a")]
    return len(links) >= LEAST_LINKS and sum(links) >= SHARE_OF_LINKS * len("".join(node.text().split()))


def is_layout(table: LexborNode, attributes: Attributes) -> bool:
    """Whether a table only arranges the page: it says so, or none of its rows has two cells."""
    if attributes.get("role") in ("presentation", "none"):
        return True
    rows = (row for part in _children(table) for row in ([part] if part.tag == "tr" else _children(part)))
    return not any(_has_two_cells(row) for row in rows if row.tag == "tr")


def _has_two_cells(row: LexborNode) -> bool:
    cells = (cell for cell in _children(row) if cell.tag in ("td", "th"))
    return next(cells, None) is not None and next(cells, None) is not None


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.child
    while child is not None:
        yield child
        child = child.next
