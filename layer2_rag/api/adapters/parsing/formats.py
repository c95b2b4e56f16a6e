"""Parses a document of any supported format, in this process and without limits on time and memory.

The service uses `SandboxParser`, which runs this in a process of its own.
"""

import zipfile
from collections.abc import Callable

from api.adapters.parsing.detect import content_type
from api.adapters.parsing.mail.eml import parse_eml
from api.adapters.parsing.mail.msg import parse_msg
from api.adapters.parsing.ocr.images import parse_image
from api.adapters.parsing.office.docx import parse_docx
from api.adapters.parsing.office.prose import parse_doc, parse_odt, parse_rtf
from api.adapters.parsing.office.sheets import parse_ods, parse_xls, parse_xlsx
from api.adapters.parsing.office.slides import parse_odp, parse_ppt, parse_pptx
from api.adapters.parsing.office.zip_check import DAMAGED
from api.adapters.parsing.pdf.parser import parse_pdf
from api.adapters.parsing.records.delimited import parse_csv, parse_tsv
from api.adapters.parsing.records.json_records import parse_json, parse_json_lines
from api.adapters.parsing.records.xml_records import parse_xml
from api.adapters.parsing.text.markdown import parse_markdown
from api.adapters.parsing.text.plain_text import parse_text
from api.adapters.parsing.text.subtitles import parse_subrip, parse_webvtt
from api.adapters.parsing.web.epub import parse_epub
from api.adapters.parsing.web.html import parse_html
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import (
    CSV,
    DOC,
    DOCX,
    EML,
    EPUB,
    HTML,
    IMAGES,
    JSON,
    JSON_LINES,
    MARKDOWN,
    MSG,
    ODP,
    ODS,
    ODT,
    PDF,
    PPT,
    PPTX,
    RTF,
    SUBRIP,
    TEXT,
    TSV,
    WEBVTT,
    XLS,
    XLSX,
    XML,
    ParsedDocument,
    ParseLimits,
)

PARSERS: dict[str, Callable[[bytes, ParseLimits], ParsedDocument]] = {
    PDF: parse_pdf,
    DOCX: parse_docx,
    HTML: parse_html,
    MARKDOWN: parse_markdown,
    TEXT: parse_text,
    CSV: parse_csv,
    TSV: parse_tsv,
    JSON: parse_json,
    JSON_LINES: parse_json_lines,
    XML: parse_xml,
    WEBVTT: parse_webvtt,
    SUBRIP: parse_subrip,
    EML: parse_eml,
    MSG: parse_msg,
    PPTX: parse_pptx,
    ODP: parse_odp,
    PPT: parse_ppt,
    XLSX: parse_xlsx,
    ODS: parse_ods,
    XLS: parse_xls,
    ODT: parse_odt,
    EPUB: parse_epub,
    RTF: parse_rtf,
    DOC: parse_doc,
}


def parse_document(data: bytes, filename: str, limits: ParseLimits) -> ParsedDocument:
    """See `DocumentParser`. A hostile document may raise any error."""
    try:
        kind = content_type(data, filename)
        return parse_image(kind, data, limits) if kind in IMAGES else PARSERS[kind](data, limits)
    except RecursionError as error:
        raise DocumentBomb("The document is nested too deeply.") from error
    except (zipfile.BadZipFile, NotImplementedError, EOFError, UnicodeDecodeError) as error:  # of a member, when read
        raise UnreadableDocument(DAMAGED) from error
