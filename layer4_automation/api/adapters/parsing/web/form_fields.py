"""What a reader of an HTML page sees in the fields of its forms."""

from selectolax.lexbor import LexborNode

from api.adapters.parsing.ticks import TICKED, UNTICKED

VALUES = frozenset({"text", "number", "date", "time", "month", "week", "email", "tel", "url", "datetime-local"})
"""Types of input whose value a reader sees."""
TICKS = frozenset({"checkbox", "radio"})
MAX_VALUE = 20_000
FIELDS = frozenset({"input", "select", "textarea"})


def value_of(field: LexborNode) -> str:
    """The value between spaces, ☑ or ☐ for a box beside a label; "" if there is nothing to see."""
    match field.tag:
        case "textarea":
            value = field.text()
        case "select":
            chosen = (option.text() for option in field.css("option[selected]"))
            value = ", ".join(" ".join(text.split()) for text in chosen)
        case _:
            value = _input_value(field)
    return f" {value.strip()[:MAX_VALUE]} " if value.strip() else ""


def _input_value(field: LexborNode) -> str:
    attributes = field.attributes
    kind = (attributes.get("type") or "text").lower()
    if kind in TICKS:
        ticked = "checked" in attributes
        return TICKED if ticked else UNTICKED if _has_label(field) else ""
    return attributes.get("value") or "" if kind in VALUES else ""


def _has_label(box: LexborNode) -> bool:
    """Whether words follow a box; those without are switches of the page's design."""
    following = box.next
    if following is not None and following.is_text_node and not (following.text_content or "").strip():
        following = following.next
    if following is None:
        return False
    return following.is_text_node or following.tag in ("label", "span")
