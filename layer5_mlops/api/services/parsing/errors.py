"""The errors of documents.

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
    """This is no document of a supported format. Convert it to PDF, DOCX, HTML or plain text."""

    status = 415
    code = "unsupported_document"


class UnreadableDocument(MyStackError):
    """No text can be read from this document: it is damaged, encrypted, or has no text."""

    status = 400
    code = "unreadable_document"


class DocumentBomb(MyStackError):
    """Reading this document takes more time, memory or space than a document of its size should."""

    status = 400
    code = "document_bomb"


class DocumentNotFound(MyStackError):
    """There is no such document. GET /documents lists all documents."""

    status = 404
    code = "document_not_found"


class ParserUnavailable(MyStackError):
    """The document parser stopped unexpectedly, and nothing was stored. Upload the document again."""

    status = 503
    code = "parser_unavailable"
    retry_after = 2
