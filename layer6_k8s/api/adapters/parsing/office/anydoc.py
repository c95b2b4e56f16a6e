"""The library for the formats of office programs that we do not read ourselves: bytes in, its document model out.

Only this module calls it, and only `model_blocks` looks into its model. It is compiled, so a crash in it ends the
parsing process, which is reported like other damaged documents.
"""

import anydoc
from anydoc import Document

from api.services.parsing.errors import DocumentBomb, UnreadableDocument, UnsupportedDocument

ENCRYPTED = "The document is encrypted. Remove its password and upload it again."
DAMAGED = "The document is damaged or cut off."


def document_model(data: bytes, format_name: anydoc.Format) -> Document:
    """The document's blocks. Raises `UnreadableDocument`, `UnsupportedDocument`, `DocumentBomb` for its limits."""
    try:
        return anydoc.to_document(data, format_name)
    except anydoc.EncryptedError as error:
        raise UnreadableDocument(ENCRYPTED) from error
    except anydoc.ResourceLimitError as error:
        raise DocumentBomb(f"The document exceeds a limit of its reader: {error.limit}.") from error
    except anydoc.UnsupportedError as error:
        raise UnsupportedDocument("This version of the format cannot be read. Save it in the current one.") from error
    except anydoc.ConvertError as error:
        raise UnreadableDocument(DAMAGED) from error
