"""The title of a conversation, from its first question."""

LENGTH = 60


def title_of(question: str) -> str:
    """The question on one line, cut after a word, or within a word if there is no space before the limit."""
    line = " ".join(question.split())
    if len(line) <= LENGTH:
        return line or "…"
    cut, _, _ = line[: LENGTH + 1].rpartition(" ")
    return (cut or line[:LENGTH]).rstrip(" ,;:–-") + "…"
