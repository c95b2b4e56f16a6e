"""A document, and a question that its text answers, for the layers that answer from documents."""

from tests.containers.stack import Stack
from tests.uploading import ready

TEXT = "# The lighthouse\n\nThe lighthouse of Brindlemoor was built in 1871. Its lamp burns colza oil.\n"
QUESTION = "When was the lighthouse of Brindlemoor built?"


def uploaded(stack: Stack) -> str:
    """The id of the document, once it is there."""
    with stack.client() as http:
        answer = http.post("/documents/upload", files={"file": ("lighthouse.md", TEXT.encode(), "text/markdown")})
        return str(ready(http, answer)["id"])


def cites(stack: Stack, document: str) -> bool:
    """Whether the answer is right and stands on the document."""
    with stack.client() as http:
        answer = http.post("/chat", json={"message": QUESTION})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return "1871" in body["response"] and [it["document_id"] for it in body["sources"]] == [document]
