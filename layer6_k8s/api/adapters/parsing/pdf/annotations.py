"""What a PDF page shows beside the text that is drawn: the values of its form fields, and its annotations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_ushort, cast, create_string_buffer
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from api.adapters.parsing.pdf.lines import Line
from api.adapters.parsing.pdf.visibility import Box
from api.adapters.parsing.ticks import TICKED, UNTICKED

MAX_ANNOTATIONS = 5_000
"""Annotations of a page that are read."""
MAX_CHARS = 100_000
"""Characters of one annotation or value that are read."""
LABEL_GAP = 250.0
"""Greatest distance in points between a field and its label."""
HIDDEN = 2 | 32
"""Flags of annotations that are not shown: Hidden and NoView (PDF 32000-1 table 165)."""
PASSWORD = 1 << 13
"""Flag of a text field whose value is secret (table 228)."""
COMMENTS = (
    pdfium_c.FPDF_ANNOT_TEXT,
    pdfium_c.FPDF_ANNOT_HIGHLIGHT,
    pdfium_c.FPDF_ANNOT_UNDERLINE,
    pdfium_c.FPDF_ANNOT_STRIKEOUT,
)
VALUES = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
TICKS = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)


@dataclass(frozen=True, slots=True)
class Field:
    """A form field with a value; `ticked` is None unless it is a check box or a radio button."""

    name: str
    value: str
    box: Box
    ticked: bool | None = None


def fields_and_notes(page: pdfium.PdfPage) -> tuple[list[Field], list[str]]:
    """The form fields of a page that have a value, and the texts of its text boxes and comments."""
    fields, notes = list[Field](), list[str]()
    for number in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)):
        with _annotation(page, number) as annotation:
            kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
            if pdfium_c.FPDFAnnot_GetFlags(annotation) & HIDDEN:
                continue
            if kind == pdfium_c.FPDF_ANNOT_WIDGET and page.formenv:
                fields += _field(page.formenv, annotation)
            elif kind == pdfium_c.FPDF_ANNOT_FREETEXT:
                notes.append(_contents(annotation))
            elif kind in COMMENTS and (comment := _contents(annotation).strip()):
                notes.append(f"Comment: {comment}")
    return fields, notes


def with_values(lines: list[Line], fields: list[Field]) -> tuple[list[Line], list[str]]:
    """The lines, with each value after its label, and `name: value` of the fields whose label was not found.

    A box stands before its label if that is nearer than the words before the box.
    """
    lines, others = list(lines), list[str]()
    for field in fields:
        (gap, left), (room, right) = (_label(lines, field.box, before) for before in (True, False))
        beside = field.ticked is not None and right is not None and room < gap
        if left is not None and not beside:
            lines[left] = replace(lines[left], text=f"{lines[left].text} {field.value}")
        elif field.ticked is not None and right is not None:
            lines[right] = replace(lines[right], text=f"{TICKED if field.ticked else UNTICKED} {lines[right].text}")
        elif field.ticked is not False:
            others.append(f"{field.name}: {field.value}" if field.name else field.value)
    return lines, others


def _label(lines: list[Line], box: Box, before: bool) -> tuple[float, int | None]:
    """The distance and number of the nearest line at the height of a field, before or after it."""
    left, bottom, right, top = box
    gaps = [
        (left - line.right if before else line.left - right, number)
        for number, line in enumerate(lines)
        if bottom - 2 <= line.baseline <= top
    ]
    return min((gap for gap in gaps if -2 <= gap[0] <= LABEL_GAP), default=(LABEL_GAP, None))


def _field(form: pdfium.PdfFormEnv, annotation: pdfium_c.FPDF_ANNOTATION) -> Iterator[Field]:
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _string(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, form, annotation)
    name = name or _string(pdfium_c.FPDFAnnot_GetFormFieldName, form, annotation)
    if kind in TICKS:
        ticked = bool(pdfium_c.FPDFAnnot_IsChecked(form, annotation))
        if ticked or kind == pdfium_c.FPDF_FORMFIELD_CHECKBOX:
            yield Field(name, "yes" if ticked else "no", _box(annotation), ticked)
    elif kind in VALUES and not pdfium_c.FPDFAnnot_GetFormFieldFlags(form, annotation) & PASSWORD:
        value = _string(pdfium_c.FPDFAnnot_GetFormFieldValue, form, annotation)
        if value:
            yield Field(name, value, _box(annotation))


def _string(read: Callable[..., int], form: pdfium.PdfFormEnv, annotation: pdfium_c.FPDF_ANNOTATION) -> str:
    return _utf16(lambda buffer, size: read(form, annotation, buffer, size)).strip()


def _contents(annotation: pdfium_c.FPDF_ANNOTATION) -> str:
    return _utf16(lambda buffer, size: pdfium_c.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, size))


def _utf16(read: Callable[[object, int], int]) -> str:
    """The string that PDFium writes into a buffer; the first call asks for its size in bytes, terminator included."""
    size = min(read(None, 0), 2 * MAX_CHARS)
    if size <= 2:
        return ""
    buffer = create_string_buffer(size)
    read(cast(buffer, POINTER(c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def _box(annotation: pdfium_c.FPDF_ANNOTATION) -> Box:
    box = pdfium_c.FS_RECTF()
    pdfium_c.FPDFAnnot_GetRect(annotation, byref(box))
    return box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top)


@contextmanager
def _annotation(page: pdfium.PdfPage, number: int) -> Iterator[pdfium_c.FPDF_ANNOTATION]:
    annotation = pdfium_c.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        pdfium_c.FPDFPage_CloseAnnot(annotation)
