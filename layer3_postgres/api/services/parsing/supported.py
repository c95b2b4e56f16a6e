"""What can be uploaded: the one list of formats, for messages, descriptions and folders."""

FORMATS = (
    "PDF; DOCX, DOC, ODT, RTF, EPUB; PPTX, PPT, ODP; XLSX, XLS, ODS, CSV, TSV; JSON, JSON Lines, XML; EML, MSG; "
    "VTT, SRT; HTML, Markdown and plain text"
)
SUPPORTED = f"Supported formats are {FORMATS}."

SUFFIXES = frozenset(
    [
        *(".pdf", ".docx", ".doc", ".odt", ".rtf", ".epub"),
        *(".pptx", ".ppt", ".odp"),
        *(".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv"),
        *(".json", ".jsonl", ".ndjson", ".xml"),
        *(".eml", ".msg", ".vtt", ".srt"),
        *(".txt", ".md", ".markdown", ".html", ".htm"),
    ]
)
"""Of files that are taken from a folder. A file that is uploaded by itself is recognised by its content."""
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"})
"""Of scans, which are read only with OCR: the page offers them, and a folder's pictures are not taken for documents."""
