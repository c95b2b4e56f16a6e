"""The language of a text, by its script or by its most frequent words; None if neither tells."""

import re
import unicodedata
from collections import Counter

_FUNCTION_WORDS = {
    "en": "the of and to in is was for that it on as with by are were this be from at which his her an has had not or",
    "de": "der die das und ist ein eine den dem des nicht mit von zu auf sich auch für im war wurde oder sind als wie",
    "fr": "le la les des et est une un dans du que qui pour sur par au avec pas ce sont été plus il elle ou comme",
    "es": "el la los las de y es una un en que del por con para se su al como fue más son lo pero o este",
    "it": "il lo la gli le di e è una un in che del della per con non si da sono al nel come anche fu",
    "pt": "o a os as de e é uma um em que do da por com para não se no na foi como mais são ao dos",
    "nl": "de het een en van is in op te dat die voor met zijn niet aan er om ook als door werd was naar",
    "ro": "și este în de la cu pe care din nu un o a fost pentru mai sau ca au prin sunt cea cel ce",
    "tr": "ve bir bu da de için ile olarak olan daha çok en gibi sonra kadar ise değil var ya ama",
    "vi": "và của là có được trong cho các một những không người với từ này đã khi đến về theo như",
    "sv": "och att det som en är av för på med den till inte ett han var har om de i från",
    "pl": "i w na z do się nie jest to że o jak przez po był dla oraz od są ale",
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_LETTERS = 400
"""Letters from which the script is read."""


def language_of(text: str) -> str | None:
    """A code such as `en`, or the name of a script other than Latin, such as `CYRILLIC`.

    None if no language has more of its frequent words in the text than every other.
    """
    script = _script(text)
    if script != "LATIN":
        return script
    words = re.findall(r"[^\W\d_]+", text.casefold())
    counts = Counter({code: sum(word in known for word in words) for code, known in _LANGUAGES.items()})
    (first, most), (_, next_most) = counts.most_common(2)
    return first if most > next_most else None


def _script(text: str) -> str | None:
    """The script of most letters; the scripts of Japanese and Chinese are one."""
    letters = [letter for letter in text if letter.isalpha()][:_LETTERS]
    scripts = Counter(unicodedata.name(letter, "?").split()[0] for letter in letters)
    found = scripts.most_common(1)
    return ("CJK" if found[0][0] in ("HIRAGANA", "KATAKANA", "CJK") else found[0][0]) if found else None
