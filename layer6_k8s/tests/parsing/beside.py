"""Builds office documents with what stands beside their text: comments, text boxes, links, charts, notes."""

import io
import struct
import zipfile
from collections.abc import Iterable, Mapping

import docx
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.parser import parse_xml

from tests.parsing import office_files as make
from tests.parsing.compound import compound
from tests.parsing.documents import repacked

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def workbook(cells: str, after: str = "", parts: Mapping[str, str] | None = None, rels: str = "") -> bytes:
    """A workbook of one sheet `Stock` with these cells; `after` them, and further parts with the sheet's relations."""
    sheet = (
        f'<worksheet xmlns="{make.SHEETS}" xmlns:r="{make.RELATIONS}"><sheetData>{cells}</sheetData>{after}</worksheet>'
    )
    added = {name: content.encode() for name, content in (parts or {}).items()}
    if rels:
        opened = f'<Relationships xmlns="{make.PACKAGE}/relationships">{rels}</Relationships>'
        added["xl/worksheets/_rels/sheet1.xml.rels"] = opened.encode()
    return repacked(make.xlsx({"Stock": ()}), {"xl/worksheets/sheet1.xml": sheet.encode()}, added)


def relation(name: str, kind: str, target: str, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{name}" Type="{make.RELATIONS}/{kind}" Target="{target}"{mode}/>'


def words(text: str) -> str:
    """A paragraph of DrawingML."""
    return f'<a:p xmlns:a="{make.DRAWING}"><a:r><a:t>{text}</a:t></a:r></a:p>'


def chart(title: str, series: str, points: Mapping[str, float]) -> str:
    def cache(kind: str, values: Iterable[object]) -> str:
        listed = "".join(f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values))
        return f"<c:{kind}><c:numRef><c:numCache>{listed}</c:numCache></c:numRef></c:{kind}>"

    name = f"<c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>{series}</c:v></c:pt></c:strCache></c:strRef></c:tx>"
    plotted = f"<c:ser>{name}{cache('cat', points)}{cache('val', points.values())}</c:ser>"
    heading = f"<c:title><c:tx><c:rich>{words(title)}</c:rich></c:tx></c:title>"
    axis = f"<c:valAx><c:title><c:tx><c:rich>{words('Axis')}</c:rich></c:tx></c:title></c:valAx>"
    area = f"<c:plotArea><c:barChart>{plotted}</c:barChart>{axis}</c:plotArea>"
    return f'<c:chartSpace xmlns:c="{CHART}"><c:chart>{heading}{area}</c:chart></c:chartSpace>'


def diagram(*texts: str) -> str:
    points = "".join(f'<dgm:pt modelId="{n}"><dgm:t>{words(text)}</dgm:t></dgm:pt>' for n, text in enumerate(texts))
    arrow = f'<dgm:pt modelId="90" type="parTrans"><dgm:t>{words("arrow")}</dgm:t></dgm:pt>'
    return f'<dgm:dataModel xmlns:dgm="{DIAGRAM}"><dgm:ptLst>{points}{arrow}</dgm:ptLst></dgm:dataModel>'


def word_with_drawings(drawn: Mapping[str, str]) -> bytes:
    """A document with a paragraph for each drawing: a chart or a diagram, by the kind of its relation."""
    document = docx.Document()
    elements = {
        "chart": f'<c:chart xmlns:c="{CHART}" r:id="%s"/>',
        "diagramData": f'<dgm:relIds xmlns:dgm="{DIAGRAM}" r:dm="%s"/>',
    }
    for kind, xml in drawn.items():
        part = Part(PackURI(f"/word/drawn/{kind}.xml"), "application/xml", xml.encode(), document.part.package)
        element = elements[kind] % document.part.relate_to(part, f"{make.RELATIONS}/{kind}")
        paragraph = document.add_paragraph(f"Before the {kind}.")
        run = f'<w:r xmlns:w="{WORDS}" xmlns:r="{make.RELATIONS}"><w:drawing>{element}</w:drawing></w:r>'
        paragraph._p.append(parse_xml(run))
    document.add_paragraph("After.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def slide_with(shapes: str, rels: Mapping[str, tuple[str, str]], parts: Mapping[str, str]) -> bytes:
    """Two slides; the first one has further shapes."""
    data, name = make.pptx(("Plan", "Words."), ("End", "Bye.")), "ppt/slides/slide1.xml"
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        slide = opened.read(name).decode().replace("</p:spTree>", f"{shapes}</p:spTree>")
    added = {part: content.encode() for part, content in parts.items()}
    added["ppt/slides/_rels/slide1.xml.rels"] = make.relations(rels).encode()
    return repacked(data, {name: slide.encode()}, added)


def doc(main: str, headers: str = "", comments: str = "", boxes: str = "") -> bytes:
    """A Word 97 document; each paragraph of its parts ends with a carriage return."""
    body, start = (main + headers + comments + boxes + "\r").encode("cp1252"), 2048
    pieces = struct.pack("<II", 0, len(body)) + struct.pack("<HIH", 0, start * 2 | 1 << 30, 0)
    table = b"\x02" + struct.pack("<I", len(pieces)) + pieces
    base = struct.pack("<HHHHHHHIBBHHII", 0xA5EC, 0xC1, 0, 0x0409, 0, 0x0200, 0xBF, 0, 0, 0, 0, 0, start, start)
    lengths = [len(main), 0, len(headers), 0, len(comments), 0, len(boxes), 0]
    longs = [start + len(body), 0, 0, *lengths, *[0] * 11]
    places = [*[0] * 66, 0, len(table), *[0] * 118]
    head = base + struct.pack("<H28xH22IH", 14, 22, *longs, 93) + struct.pack("<186IH", *places, 0)
    return compound({"WordDocument": head.ljust(start, b"\0") + body, "1Table": table})
