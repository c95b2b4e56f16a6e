"""Turn a text into search terms: normalised, stemmed content words.

    "The U.S. Army's 1,000 well-known bases" -> ["us", "armi", "1000", "well", "known", "bas"]

Questions and documents pass through the same function, so a term need not be a word: it has to be the same string for
the forms of one word, and different strings for different words. The stop words are English. Scripts that write without
spaces become pairs of characters, as in Lucene's CJK analyzer: without a dictionary, these search as well as words do.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from api.services.text.numerals import date_terms, dates, number_terms
from api.services.text.stemming import stem

_STOPWORDS = """
a about after again all also although am an and any are as at be because been before being between both
but by can could did do does doing done during each either else ever few for from further had has have
having he her here hers him his how however i if in into is it its itself just like may me might
mine more most much must my neither no nor not of off often on once one only or other our ours out over
own per please rather shall she should so some such than that the their theirs them themselves then
there these they this those though through to too under until up upon very via was we were what whatever
when where whether which while who whom whose why will with within without would yet you your yours
"""
STOPWORDS = frozenset(_STOPWORDS.split())

CACHED_WORDS, CACHED_LETTERS = 32_768, 40
"""Words whose terms are cached (about 5 MB), and the longest of them: texts repeat a few thousand words."""

CACHED_TEXTS, CACHED_CHARS = 1_024, 2_000
"""Texts whose terms are cached (about 5 MB), and the longest of them: one answer asks for those of the same text
several times."""


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
       | (?P<number>\d+(?:[.,:']\d+|\ \d{{3}}(?!\d))*)(?!\w)      # 1,000  3.14  10:30  1 000
       | (?P<unspaced>[{_UNSPACED}]+)
       | (?P<word>(?:(?![{_UNSPACED}])[\w{_MARKS}])+(?:\+\+|\#)?)               # words  c++  c#
    """
_KIND = re.compile(_KINDS, re.VERBOSE)
_TOKEN = re.compile(re.sub(r"\?P<\w+>", "?:", _KINDS), re.VERBOSE)  # without groups, `findall` is faster
_ENCLITIC = re.compile(r"(?<=\w)'(?:s|t|d|ll|m|re|ve)\b|(?<=s)'(?!\w)")
_PLAIN = str.maketrans(
    {"’": "'", "‑": "-", "‐": "-", "\u00ad": None, "\u0307": None}  # the dot of a small İ
    | {"ı": "i", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"}  # letters that a keyboard may lack
)
_DOTNET = re.compile(r"(?<!\w)\.net(?!\w)")
_UMLAUT = re.compile(r"\w*[äöü]\w*")
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_IDENTIFIER = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[^\W_]+(?:[-/][^\W_]+)+")
_PREFIX_LETTER = re.compile(r"\b([a-z])-(?=[a-z]{3})")  # e-mail -> email, x-ray -> xray


def terms(text: str) -> list[str]:
    """The terms of `text` in the order of its words, with repetitions. May be empty.

    Behind them stand the other spellings of some: Mueller for Müller, ab12 for AB-12, 2024-03-15 for March 15, 2024.
    """
    return list(_cached_terms(text) if len(text) <= CACHED_CHARS else _terms(text))


def _terms(text: str) -> Sequence[str]:
    lower = _lower(text)
    plain = lower if lower.isascii() else without_accents(lower)
    found: list[str] = []
    for token in _TOKEN.findall(plain):
        found += _cached_token(token) if len(token) <= CACHED_LETTERS else _terms_of(token)
    if any(letter in lower for letter in "äöü"):
        found += [stem(without_accents(word.translate(_SPELLED_OUT))) for word in _UMLAUT.findall(lower)]
    if "-" in plain or "/" in plain:
        found += _identifiers(plain)
    found += date_terms(plain)
    return found


_cached_terms = lru_cache(maxsize=CACHED_TEXTS)(_terms)


def without_accents(text: str) -> str:
    """A lower-case text with its Latin and Greek letters plain, and its digits from 0 to 9."""
    return "".join(map(_without_accent, text))


def dates_in(text: str) -> dict[str, str]:
    """The terms of the words and numbers that name a day in `text`, with the term of that day."""
    plain = without_accents(_lower(text))
    return {term: day for written, day in dates(plain) for term in terms(written)}


def _identifiers(text: str) -> Iterator[str]:
    """The letters and digits of part numbers in one, so that AB-12 and AB12 are the same."""
    for word in text.split():
        if ("-" in word or "/" in word) and (found := _IDENTIFIER.match(word.lstrip("(\"'[{<"))):
            yield found.group().replace("-", "").replace("/", "")


def _lower(text: str) -> str:
    """NFKC, casefolded, with straight apostrophes, without possessives and what else follows an apostrophe."""
    text = text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold().translate(_PLAIN)
    text = _ENCLITIC.sub("", text) if "'" in text else text
    text = _DOTNET.sub("dotnet", text) if ".net" in text else text
    return _PREFIX_LETTER.sub(r"\1", text) if "-" in text else text


@lru_cache(maxsize=4096)
def _without_accent(letter: str) -> str:
    """Latin and Greek letters without their accents: people leave them out. In other scripts they make other letters.

    Digits of any script become 0 to 9.
    """
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    plain = unicodedata.normalize("NFD", letter)[:1]
    return plain if plain.isalpha() and (plain.isascii() or "\u0370" <= plain <= "\u03ff") else letter


def _terms_of(token: str) -> Sequence[str]:
    """The terms of one match of `_TOKEN`: usually one, none for a stop word, several for an_identifier."""
    return tuple(stem(part) for part in _parts(token) if part not in STOPWORDS)


_cached_token = lru_cache(maxsize=CACHED_WORDS)(_terms_of)


def _parts(token: str) -> Iterable[str]:
    match _KIND.match(token).lastgroup:  # type: ignore[union-attr]
        case "acronym":
            return [token.replace(".", "")]
        case "number":
            return number_terms(token)
        case "unspaced":
            return (token[i : i + 2] for i in range(max(1, len(token) - 1)))
        case _ if token[-1] in "+#":
            return [token] if len(token.rstrip("+#")) == 1 else _parts(token.rstrip("+#"))
        case _:
            return filter(None, token.split("_"))
