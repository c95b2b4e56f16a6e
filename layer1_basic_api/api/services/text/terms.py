"""Turn a text into search terms: normalised, stemmed content words.

    "The U.S. Army's 1,000 well-known bases" -> ["us", "armi", "1000", "well", "known", "bas"]

Questions and documents pass through the same function, so a term need not be a word: it has to be the same string for
the forms of one word, and different strings for different words. The stemmer and the stop words are English. Words of
other languages are normalised and kept whole. Scripts that write without spaces become pairs of characters, as in
Lucene's CJK analyzer: without a dictionary, these search as well as words do.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

_STOPWORDS = """
a about after again all also although am an and any are as at be because been before being between both
but by can could did do does doing done during each either else ever few for from further had has have
having he her here hers him his how however i if in into is it its itself just like may me might
mine more most much must my neither no nor not of off often on once one only or other our ours out over
own per please rather shall she should so some such than that the their theirs them themselves then
there these they this those though through to too under until up upon very via was we were what whatever
when where whether which while who whom whose why will with within without would yet you your yours s t
d ll m re ve
"""
STOPWORDS = frozenset(_STOPWORDS.split())

CACHED_WORDS, CACHED_LETTERS = 32_768, 40
"""Words whose terms are cached (about 5 MB), and the longest of them: texts repeat a few thousand words."""


def _category_class(*categories: str) -> str:
    """The characters of these Unicode categories in the basic plane, as the inside of a regex class."""
    points = (c for c in range(0x300, 0x10000) if unicodedata.category(chr(c)) in categories)
    runs = [list(run) for _, run in groupby(enumerate(points), lambda pair: pair[1] - pair[0])]
    return "".join(f"{chr(run[0][1])}-{chr(run[-1][1])}" for run in runs)


_MARKS = _category_class("Mn", "Mc")  # vowel signs are part of their word, but `\w` does not match them
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Japanese, Chinese
)
_KINDS = rf"""(?P<acronym>(?:[^\W\d_]\.){{2,}}[^\W\d_]?(?!\w))      # u.s.a.
       | (?P<number>\d+(?:[.,:]\d+)*)(?!\w)                    # 1,000  3.14  10:30
       | (?P<unspaced>[{_UNSPACED}]+)
       | (?P<word>(?:(?![{_UNSPACED}])[\w{_MARKS}])+)
    """
_KIND = re.compile(_KINDS, re.VERBOSE)
_TOKEN = re.compile(re.sub(r"\?P<\w+>", "?:", _KINDS), re.VERBOSE)  # without groups, `findall` is faster
_VOWEL = re.compile("[aeiouy]")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b|(?<=s)'(?!\w)")
_PLAIN = str.maketrans({"’": "'", "‑": "-", "‐": "-", "\u00ad": None})
_PREFIX_LETTER = re.compile(r"\b([a-z])-(?=[a-z]{3})")  # e-mail -> email, x-ray -> xray


def terms(text: str) -> list[str]:
    """The terms of `text` in the order of its words, with repetitions. May be empty."""
    found: list[str] = []
    for token in _TOKEN.findall(_normalised(text)):
        found += _cached_terms(token) if len(token) <= CACHED_LETTERS else _terms_of(token)
    return found


def _normalised(text: str) -> str:
    """NFKC, casefolded, with straight apostrophes, without possessives and without accents on Latin letters."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    text = _POSSESSIVE.sub("", text) if "'" in text else text
    text = _PREFIX_LETTER.sub(r"\1", text) if "-" in text else text
    return text if text.isascii() else "".join(map(_without_accent, text))


@lru_cache(maxsize=4096)
def _without_accent(letter: str) -> str:
    plain = unicodedata.normalize("NFD", letter)[:1]
    return plain if plain.isascii() and plain.isalpha() else letter


def _terms_of(token: str) -> Sequence[str]:
    """The terms of one match of `_TOKEN`: usually one, none for a stop word, several for an_identifier."""
    return tuple(stem(part) for part in _parts(token) if part not in STOPWORDS)


_cached_terms = lru_cache(maxsize=CACHED_WORDS)(_terms_of)


def _parts(token: str) -> Iterable[str]:
    match _KIND.match(token).lastgroup:  # type: ignore[union-attr]
        case "acronym":
            return [token.replace(".", "")]
        case "number":
            return [token.replace(",", "")]
        case "unspaced":
            return (token[i : i + 2] for i in range(max(1, len(token) - 1)))
        case _:
            return filter(None, token.split("_"))


def stem(word: str) -> str:
    """`word` without its English inflection: plural, `-ing`, `-ed`, `-ly`, final `-e`; `y` becomes `i`.

    Only words of the letters a-z change; numbers, names in other scripts and identifiers stay whole.
    """
    if len(word) < 4 or not (word.isascii() and word.isalpha()):
        return word
    word = _without_participle(_singular(word))
    if len(word) > 5 and word.endswith("ly"):
        word = word[:-2]
    if len(word) > 3 and word.endswith("y"):
        word = word[:-1] + "i"
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _without_participle(word: str) -> str:
    for ending in ("ing", "ed"):
        root = word.removesuffix(ending)
        if root == word or len(root) < 2 or not _VOWEL.search(root) or word.endswith("eed"):
            continue
        if len(root) == 2:
            return root + "e"  # using -> use
        doubled = len(root) > 3 and root[-1] == root[-2] and root[-1] not in "lsz"
        return root[:-1] if doubled else root  # running -> run, but calling -> call
    return word
