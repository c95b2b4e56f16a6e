"""Shorten a text to one line."""


def shortened(text: str, length: int) -> str:
    """The text on one line of at most `length` characters, cut after a word if there is a space before the limit."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    return line[: length + 1].rpartition(" ")[0] or line[:length]
