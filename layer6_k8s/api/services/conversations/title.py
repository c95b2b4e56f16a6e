"""The title of a conversation, from its first question."""

from api.services.text.shortening import shortened

LENGTH = 60


def title_of(question: str) -> str:
    """The question on one line, cut after a word, or within a word if there is no space before the limit."""
    line, title = " ".join(question.split()), shortened(question, LENGTH)
    return (title or "…") if title == line else title.rstrip(" ,;:–-") + "…"
