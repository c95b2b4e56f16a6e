"""The sentence that names the supported formats."""

SUPPORTED = (
    "Supported formats are PDF; DOCX, DOC, ODT, RTF, EPUB; PPTX, PPT, ODP; XLSX, XLS, ODS, CSV, TSV; JSON, JSON Lines, "
    "XML; EML, MSG; VTT, SRT; HTML, Markdown and plain text."
)
