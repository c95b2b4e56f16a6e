"""Reads the paragraphs and tables of a DOCX part in order."""

from collections.abc import Iterator, Mapping

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement as Element

from api.adapters.parsing.office.docx_runs import FALLBACK, RUN, paragraph_text
from api.adapters.parsing.office.docx_styles import Styles
from api.adapters.parsing.table_rows import MAX_COLUMNS, Cell, TableRow, row_texts, table_blocks
from api.adapters.parsing.text_builder import Block

PARAGRAPH, TABLE, ROW, CELL = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc"))
TEXT_BOX, COMMENT = qn("w:txbxContent"), qn("w:commentReference")
TRANSPARENT = frozenset(qn(f"w:{name}") for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag"))
"""Wrappers around paragraphs, tables and rows that do not change the text."""
DELETED = f"{qn('w:trPr')}/{qn('w:del')}"
"""The mark of a row whose deletion is tracked."""
ROW_HEADER = f"{qn('w:trPr')}/{qn('w:tblHeader')}"
SPAN, MERGED = f"{qn('w:tcPr')}/{qn('w:gridSpan')}", f"{qn('w:tcPr')}/{qn('w:vMerge')}"
SKIPPED = f"{qn('w:trPr')}/{qn('w:gridBefore')}"
VALUE = qn("w:val")
DRAWN = {qn("c:chart"): (qn("r:id"),), qn("dgm:relIds"): (qn("r:dm"),)}
"""Charts and diagrams, and the attribute that names their relation."""


class Body:
    """Reads one part. `addresses`: of its links; `comments`: the texts of comments by id, each read once; `drawings`:
    the blocks of charts and diagrams by the name of their relation."""

    def __init__(
        self,
        styles: Styles,
        addresses: Mapping[str, str],
        comments: dict[str, str] | None = None,
        drawings: Mapping[str, list[Block]] | None = None,
    ) -> None:
        self._styles = styles
        self._addresses = addresses
        self._comments = {} if comments is None else comments
        self._drawings = {} if drawings is None else dict(drawings)

    def blocks(self, container: Element) -> Iterator[Block]:
        """The blocks of a body, text box, note or cell, and the comments on them."""
        for child in _children(container, PARAGRAPH, TABLE):
            yield from self._paragraph(child) if child.tag == PARAGRAPH else self._table(child)
            yield from self._comments_on(child)

    def _paragraph(self, paragraph: Element) -> Iterator[Block]:
        text = paragraph_text(paragraph, self._addresses)
        if text:
            yield self._labelled(paragraph, text)
        for box in paragraph.iter(TEXT_BOX):
            if not any(parent.tag in (FALLBACK, TEXT_BOX) for parent in box.iterancestors()):
                yield from self.blocks(box)
        yield from self._drawn(paragraph)

    def _drawn(self, paragraph: Element) -> Iterator[Block]:
        """The charts and diagrams of a paragraph, each once."""
        if self._drawings:
            for node in paragraph.iter(*DRAWN):
                for name in DRAWN[node.tag]:
                    yield from self._drawings.pop(node.get(name, ""), ())

    def _labelled(self, paragraph: Element, text: str) -> Block:
        level, label = self._styles.heading_level(paragraph), self._styles.label(paragraph)
        if level:
            return Block(f"{label} {text}" if label.strip("-") else text, level)
        if not label:
            return Block(text)
        return Block(f"{self._styles.indent(paragraph)}{label} {text}", tight=True)

    def _comments_on(self, node: Element) -> Iterator[Block]:
        if self._comments:
            for reference in node.iter(COMMENT):
                comment = self._comments.pop(reference.get(qn("w:id"), ""), "")
                if comment:
                    yield Block(f"Comment: {comment}")

    def _table(self, table: Element) -> Iterator[Block]:
        """One block per row; a table of one column is a frame around paragraphs."""
        rows = [row for row in _children(table, ROW) if row.find(DELETED) is None]
        if all(len(list(_children(row, CELL))) <= 1 for row in rows):
            for row in rows:
                for cell in _children(row, CELL):
                    yield from self.blocks(cell)
        else:
            yield from table_blocks(self._rows(rows), _is_stressed(rows, self._styles))

    def _rows(self, rows: list[Element]) -> list[TableRow]:
        read, above = list[TableRow](), dict[int, Cell]()
        for row in rows:
            cells, here = [Cell("")] * _number(row.find(SKIPPED), 0), dict[int, Cell]()
            column = len(cells)
            for node in _children(row, CELL):
                cell = self._cell(node, above.get(column))
                here[column] = cell
                column += cell.columns
                cells.append(cell)
            read.append(TableRow(cells, row.find(ROW_HEADER) is not None))
            above = here
        return read

    def _cell(self, cell: Element, above: Cell | None) -> Cell:
        """The cell; if it is merged with the one above, it says the same."""
        columns, merged = _number(cell.find(SPAN), 1), cell.find(MERGED)
        if merged is not None and merged.get(VALUE, "continue") == "continue" and above:
            return Cell(above.text, columns)
        texts, inner = list[str](), list[str]()
        for child in _children(cell, PARAGRAPH, TABLE):
            if child.tag == PARAGRAPH:
                texts += (block.text.strip() for block in self._paragraph(child))
            else:
                inner += row_texts(self._rows(list(_children(child, ROW))))
        return Cell(" ".join(texts), columns, inner=tuple(inner))


def _children(container: Element, *tags: str) -> Iterator[Element]:
    """The children with one of these tags, also those inside transparent wrappers."""
    for child in container:
        if child.tag in tags:
            yield child
        elif child.tag in TRANSPARENT:
            yield from _children(child, *tags)


def _is_stressed(rows: list[Element], styles: Styles) -> bool:
    """Whether all words of the first row are bold, and not those of the second one."""
    bold = [[styles.is_bold(run) for run in row.iter(RUN) if run.find(qn("w:t")) is not None] for row in rows[:2]]
    return len(bold) == 2 and bool(bold[0]) and all(bold[0]) and not all(bold[1])


def _number(element: Element | None, default: int) -> int:
    value = "" if element is None else element.get(VALUE, "")
    return min(int(value), MAX_COLUMNS) if value.isascii() and value.isdecimal() and len(value) < 9 else default
