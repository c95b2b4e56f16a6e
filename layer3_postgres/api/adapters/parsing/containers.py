"""Detects the formats that are ZIP archives or OLE compound files, by what is in them."""

import io
import zipfile
import zlib

import olefile

from api.services.parsing.errors import UnreadableDocument, UnsupportedDocument
from api.services.parsing.parser import DOC, DOCX, EPUB, MSG, ODP, ODS, ODT, PPT, PPTX, XLS, XLSX
from api.services.parsing.supported import SUPPORTED

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of an OLE compound file: the formats of Office before 2007, and Outlook's messages."""

OLE_ERRORS = (OSError, ValueError, IndexError, AttributeError, TypeError)
"""What olefile raises for damaged directories and sectors."""

_OPEN_XML = (("word/document", DOCX), ("xl/workbook.xml", XLSX), ("ppt/presentation.xml", PPTX))
"""The main part of each format, by the start of its name."""
_MIMETYPES = (ODT, ODS, ODP, EPUB)
"""OpenDocument and EPUB name their content type in a member called `mimetype`; templates add a suffix."""
_FOREIGN_MEMBERS = (
    ("xl/workbook.bin", "a binary Excel workbook: save it as XLSX"),
    ("Index/Document.iwa", "a Pages, Numbers or Keynote document: export it as PDF, DOCX, XLSX or PPTX"),
    ("FixedDocumentSequence.fdseq", "an XPS document: print it as PDF"),
)
_MIMETYPE_BYTES = 100
_STREAMS = (
    ("__properties_version1.0", MSG),
    ("WordDocument", DOC),
    ("PowerPoint Document", PPT),
    ("Workbook", XLS),
    ("Book", XLS),
)
_CUT_OFF = "The file is a damaged or cut off Office document or ZIP archive."


def zip_format(data: bytes) -> str:
    """The content type of a ZIP archive. Raises `UnsupportedDocument`, `UnreadableDocument` when damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            mimetype = _mimetype(archive)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise UnreadableDocument(_CUT_OFF) from error
    for start, kind in _OPEN_XML:
        if "[Content_Types].xml" in names and any(name.startswith(start) for name in names):
            return kind
    for kind in _MIMETYPES:
        if mimetype.startswith(kind):
            return kind
    if "META-INF/container.xml" in names and any(name.endswith(".opf") for name in names):
        return EPUB
    found = (name for member, name in _FOREIGN_MEMBERS if member in names)
    raise UnsupportedDocument(f"This is {next(found, 'a ZIP archive')}. {SUPPORTED}")


def _mimetype(archive: zipfile.ZipFile) -> str:
    """What the archive says it is, "" if nothing."""
    try:
        if archive.getinfo("mimetype").compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return ""
        with archive.open("mimetype") as member:
            return member.read(_MIMETYPE_BYTES).decode("ascii", "replace").strip()
    except (KeyError, RuntimeError):  # missing, encrypted
        return ""
    except (zipfile.BadZipFile, EOFError, zlib.error):  # damaged
        return ""


def ole_format(data: bytes) -> str:
    """The content type of a compound file. Raises `UnreadableDocument` when it is encrypted or damaged."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise UnreadableDocument("The Office document is encrypted. Remove its password and upload it again.")
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as opened:
            found = next((kind for stream, kind in _STREAMS if opened.exists(stream)), None)
    except OLE_ERRORS as error:
        raise UnreadableDocument(_CUT_OFF) from error
    if found is None:
        raise UnsupportedDocument(f"This is a document of an old Office version that is not known here. {SUPPORTED}")
    return found
