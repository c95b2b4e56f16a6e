"""What can go wrong with a document.

MyStackError
├── DocumentTooLarge      413 document_too_large
├── UnsupportedDocument   415 unsupported_document
├── UnreadableDocument    400 unreadable_document
├── DocumentBomb          400 document_bomb
├── DocumentNotFound      404 document_not_found
└── ParserUnavailable     503 parser_unavailable
"""

from api.errors import MyStackError


class DocumentTooLarge(MyStackError):
    """The document is larger than this service accepts. Split it into parts."""

    status = 413
    code = "document_too_large"


class UnsupportedDocument(MyStackError):
    """This is not a PDF, DOCX, text, Markdown or HTML document."""

    status = 415
    code = "unsupported_document"


class UnreadableDocument(MyStackError):
    """No text can be read from this document: it is damaged, encrypted, or holds no text."""

    status = 400
    code = "unreadable_document"


class DocumentBomb(MyStackError):
    """Reading this document needs more time, memory or space than any honest document should."""

    status = 400
    code = "document_bomb"


class DocumentNotFound(MyStackError):
    """No such document. GET /documents lists those that are here."""

    status = 404
    code = "document_not_found"


class ParserUnavailable(MyStackError):
    """The document parser stopped unexpectedly. Nothing was stored: upload the document again."""

    status = 503
    code = "parser_unavailable"
    retry_after = 2
