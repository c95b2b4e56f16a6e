"""Elements that are lists, tables or headings by their role (WAI-ARIA) and not by their name."""

from selectolax.lexbor import LexborNode

NEUTRAL = frozenset({"div", "span", "section", "p"})
"""Elements whose role may say what they are."""
ROLES = {
    "table": "table",
    "grid": "table",
    "treegrid": "table",
    "row": "tr",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
    "list": "ul",
    "listitem": "li",
}
TABLE_PARTS = frozenset({"tr", "td", "th"})


def tag_of(node: LexborNode, in_table: bool) -> str:
    """The name of the element that the node stands for. `in_table`: rows and cells belong to a table of this kind."""
    tag = node.tag or ""
    if tag not in NEUTRAL:
        return tag
    attributes = node.attributes
    role = attributes.get("role")
    if not role:
        return tag
    if role == "heading":
        level = attributes.get("aria-level") or "2"
        return f"h{level}" if level in ("1", "2", "3", "4", "5", "6") else "h2"
    meant = ROLES.get(role, tag)
    return tag if meant in TABLE_PARTS and not in_table else meant
