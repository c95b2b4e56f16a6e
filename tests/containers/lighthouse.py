"""A document and a question that it answers, for the layers that answer from documents."""

from tests.containers.stack import Stack
from tests.uploading import ready

TEXT = "# The lighthouse\n\nThe lighthouse of Brindlemoor was built in 1871. Its lamp burns colza oil.\n"
QUESTION = "When was the lighthouse of Brindlemoor built?"


def uploaded(stack: Stack) -> str:
    """Upload the document and return its id."""
    with stack.client() as http:
        response = http.post("/documents/upload", files={"file": ("lighthouse.md", TEXT.encode(), "text/markdown")})
        return str(ready(http, response)["id"])


def cites(stack: Stack, document: str) -> bool:
    """Whether the answer is correct and cites the document."""
    with stack.client() as http:
        response = http.post("/chat", json={"message": QUESTION})
    assert response.status_code == 200, response.text
    body = response.json()
    return "1871" in body["response"] and [source["document_id"] for source in body["sources"]] == [document]
