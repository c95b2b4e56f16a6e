"""The words of formulas (MathML) and drawings (SVG) in a page, which are not made of its usual elements."""

import re

from selectolax.lexbor import LexborNode

MAX_DEPTH = 50
"""Nested parts of a formula that are read; they are deeper only on purpose."""
MAX_FORMULA = 2_000
"""Characters."""
_SPACES = re.compile(r"\s+")
_BETWEEN = {"msup": "^", "mover": "^", "msub": "_", "munder": "_", "mfrac": "/"}
"""Signs between the two parts of an element."""
_NOT_SHOWN = re.compile("annotation(?:-xml)?")


def words_of(node: LexborNode) -> str:
    """What a reader sees of a `<math>` or `<svg>` element, on one line."""
    if node.tag == "math":
        return _formula(node, 0)[:MAX_FORMULA].strip()
    texts = (_SPACES.sub(" ", text.text()).strip() for text in node.css("text"))
    return f" {' '.join(filter(None, texts))} "


def _formula(node: LexborNode, depth: int) -> str:
    if depth == MAX_DEPTH or _NOT_SHOWN.fullmatch(node.tag or ""):
        return ""
    parts, child = list[str](), node.child
    while child is not None:
        text = (child.text_content or "").strip() if child.is_text_node else _formula(child, depth + 1)
        if text:
            parts.append(text)
        child = child.next
    sign = _BETWEEN.get(node.tag or "", "")
    if sign == "/":
        parts = [f"({part})" if len(part) > 1 and not part.isalnum() else part for part in parts]
    return sign.join(parts)
