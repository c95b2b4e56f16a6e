"""Numbers of list items in letters and in Roman numerals."""

MOST_LETTERS = 8
"""Letters of a number, at most; word processors go on with aa, aaa, …"""
ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
    *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


def letters(number: int) -> str:
    """a, b, … z, aa, bb, … as word processors count."""
    return chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, MOST_LETTERS) if number > 0 else str(number)


def roman(number: int) -> str:
    """i, ii, iii, iv, … as far as they are written with letters."""
    if not 0 < number < 4_000:
        return str(number)
    written = ""
    for value, signs in ROMAN:
        count, number = divmod(number, value)
        written += signs * count
    return written
