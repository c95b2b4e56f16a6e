"""A conversation's title, made from its first question."""

LENGTH = 60


def title_of(question: str) -> str:
    """The question on one line, cut behind a word; in a word only where there is no space to cut at."""
    line = " ".join(question.split())
    if len(line) <= LENGTH:
        return line or "…"
    cut, _, _ = line[: LENGTH + 1].rpartition(" ")
    return (cut or line[:LENGTH]).rstrip(" ,;:–-") + "…"
