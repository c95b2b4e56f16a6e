"""Builds the documents of office programs from their parts."""

import io
import zipfile
from collections.abc import Mapping, Sequence

Rows = Sequence[Sequence[str | int | float]]

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ODF = "urn:oasis:names:tc:opendocument:xmlns:"


def archive(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP archive, the same bytes at any time of day; `mimetype` is not compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as opened:
        for name, content in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            opened.writestr(zipfile.ZipInfo(name), content, compress_type=stored)
    return file.getvalue()


def relations(targets: Mapping[str, tuple[str, str]]) -> str:
    """`targets`: the kind and the target of each id."""
    inner = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def open_xml(main: str, content_type: str, parts: Mapping[str, str], types: Mapping[str, str]) -> bytes:
    """An Office Open XML package whose main part is `main`."""
    overrides = {f"/{main}": content_type, **types}
    override = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{defaults}{override}</Types>',
            "_rels/.rels": relations({"r1": ("officeDocument", main)}),
            **parts,
        }
    )


def pptx(*slides: tuple[str, str]) -> bytes:
    """A presentation; each slide has a title, which may be empty, and a text."""
    parts, types, targets = dict[str, str](), dict[str, str](), dict[str, tuple[str, str]]()
    for number, (title, text) in enumerate(slides, 1):
        name = f"slides/slide{number}.xml"
        shapes = (_shape(title, '<p:ph type="title"/>') if title else "") + (_shape(text, "") if text else "")
        tree = f"<p:nvGrpSpPr><p:cNvPr id='1' name=''/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}"
        spaces = f'xmlns:p="{SLIDES}" xmlns:a="{DRAWING}"'
        parts[f"ppt/{name}"] = f"<p:sld {spaces}><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>"
        types[f"/ppt/{name}"] = f"{TYPES}.presentationml.slide+xml"
        targets[f"s{number}"] = ("slide", name)
    listed = "".join(f'<p:sldId id="{255 + number}" r:id="s{number}"/>' for number in range(1, len(slides) + 1))
    parts["ppt/presentation.xml"] = (
        f'<p:presentation xmlns:p="{SLIDES}" xmlns:r="{RELATIONS}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>'
    )
    parts["ppt/_rels/presentation.xml.rels"] = relations(targets)
    return open_xml("ppt/presentation.xml", f"{TYPES}.presentationml.presentation.main+xml", parts, types)


def _shape(text: str, placeholder: str) -> str:
    paragraphs = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in text.split("\n"))
    return (
        f"<p:sp><p:nvSpPr><p:cNvPr id='2' name='x'/><p:cNvSpPr/><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr>"
        f"<p:spPr/><p:txBody><a:bodyPr/>{paragraphs}</p:txBody></p:sp>"
    )


def xlsx(sheets: Mapping[str, Rows]) -> bytes:
    """A workbook of sheets by their names."""
    parts, types, targets = dict[str, str](), dict[str, str](), dict[str, tuple[str, str]]()
    for number, rows in enumerate(sheets.values(), 1):
        name = f"worksheets/sheet{number}.xml"
        filled = "".join(_sheet_row(place, row) for place, row in enumerate(rows, 1))
        parts[f"xl/{name}"] = f'<worksheet xmlns="{SHEETS}"><sheetData>{filled}</sheetData></worksheet>'
        types[f"/xl/{name}"] = f"{TYPES}.spreadsheetml.worksheet+xml"
        targets[f"s{number}"] = ("worksheet", name)
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="s{number}"/>' for number, name in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = f'<workbook xmlns="{SHEETS}" xmlns:r="{RELATIONS}"><sheets>{listed}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = relations(targets)
    return open_xml("xl/workbook.xml", f"{TYPES}.spreadsheetml.sheet.main+xml", parts, types)


def _sheet_row(place: int, row: Sequence[str | int | float]) -> str:
    cells = "".join(_sheet_cell(f"{chr(ord('A') + column)}{place}", value) for column, value in enumerate(row))
    return f'<row r="{place}">{cells}</row>'


def _sheet_cell(place: str, value: str | float) -> str:
    if value == "":
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def odf(kind: str, body: str) -> bytes:
    """An OpenDocument file; `kind`: text, spreadsheet or presentation."""
    names = {name: name for name in ("office", "text", "table", "presentation")} | {"draw": "drawing"}
    spaces = " ".join(f'xmlns:{prefix}="{ODF}{name}:1.0"' for prefix, name in names.items())
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    entries = {"/": mimetype, "content.xml": "text/xml"}
    entry = "".join(f'<m:file-entry m:full-path="{path}" m:media-type="{media}"/>' for path, media in entries.items())
    content = f"<office:document-content {spaces} office:version='1.3'><office:body>"
    content += f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    return archive(
        {
            "mimetype": mimetype,
            "META-INF/manifest.xml": f'<m:manifest xmlns:m="{ODF}manifest:1.0">{entry}</m:manifest>',
            "content.xml": content,
        }
    )


def odt(body: str = '<text:h text:outline-level="1">Keys</text:h><text:p>The code is 5519.</text:p>') -> bytes:
    return odf("text", body)


def ods(sheets: Mapping[str, Rows]) -> bytes:
    tables = ""
    for name, rows in sheets.items():
        filled = "".join(
            "<table:table-row>"
            + "".join(
                f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
                for cell in row
            )
            + "</table:table-row>"
            for row in rows
        )
        tables += f'<table:table table:name="{name}">{filled}</table:table>'
    return odf("spreadsheet", tables)


def odp(*slides: tuple[str, str]) -> bytes:
    pages = ""
    for number, (title, text) in enumerate(slides, 1):
        frames = f'<draw:frame presentation:class="title">{_box(title)}</draw:frame>' if title else ""
        frames += f"<draw:frame>{_box(text)}</draw:frame>" if text else ""
        pages += f'<draw:page draw:name="page{number}">{frames}</draw:page>'
    return odf("presentation", pages)


def _box(text: str) -> str:
    return f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"


def epub(*chapters: tuple[str, str]) -> bytes:
    """A book of chapters with a title and a paragraph each."""
    listed = "".join(
        f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>' for n in range(len(chapters))
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
        f"<manifest>{listed}</manifest><spine>{spine}</spine></package>"
    )
    container = (
        '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    pages = {
        f"c{n}.xhtml": f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><h1>{title}</h1><p>{text}</p></body></html>'
        for n, (title, text) in enumerate(chapters)
    }
    return archive(
        {"mimetype": "application/epub+zip", "META-INF/container.xml": container, "book.opf": package, **pages}
    )


def rtf(body: str = r"{\b Keys}\par The code is 5519.\par") -> bytes:
    return rb"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}" + body.encode("cp1252") + b"}"
