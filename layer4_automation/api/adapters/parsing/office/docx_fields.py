"""The values of the form fields that Word keeps beside the text: check boxes and drop-down lists."""

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.ticks import TICKED, UNTICKED

DATA, BOX, LIST, ENTRY = (qn(f"w:{name}") for name in ("ffData", "checkBox", "ddList", "listEntry"))
VALUE = qn("w:val")


def field_value(field: Element) -> str:
    """What a reader sees of a field whose beginning is given: ☑, ☐, the chosen entry; "" of other fields."""
    data = field.find(DATA)
    if data is None:
        return ""
    box, entries = data.find(BOX), data.find(LIST)
    if box is not None:
        state = box.find(qn("w:checked"))
        state = box.find(qn("w:default")) if state is None else state
        return TICKED if state is not None and is_on(state) else UNTICKED
    return _chosen(entries) if entries is not None else ""


def is_on(state: Element) -> bool:
    """Whether a property that is present is on."""
    return state.get(VALUE, "1") not in ("0", "false", "off")


def _chosen(entries: Element) -> str:
    names = [entry.get(VALUE, "") for entry in entries.iterchildren(ENTRY)]
    chosen = next((found for found in map(entries.find, (qn("w:result"), qn("w:default"))) if found is not None), None)
    number = "0" if chosen is None else chosen.get(VALUE, "0")
    return names[int(number)] if number.isascii() and number.isdecimal() and int(number) < len(names) else ""
