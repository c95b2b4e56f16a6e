"""Words of a question that no hit has, replaced by the nearest word that one has: "reimbursment" finds its answer.

The search by meaning finds the right chunks in spite of most typos; then the missing word would count against them.
Where it does not find them, the library is searched for all words that are one letter apart: no vocabulary is stored
for this. If it has none, a long word may have two slips, of which one is a doubled letter: "accomodtion". Numbers stay
as they are, and so does a name unless it is one letter from a long one that is there ("Portugel"): another name asks
for something else. A word that is derived from another one is no typo: "conducts" does not become "conductor".
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from api.services.retrieval.search import Hit
from api.services.text.spellings import differing
from api.services.text.terms import terms

SHORTEST = 5
"""Letters of a word that is looked at: of shorter ones, a letter more or less makes another word too often."""
LONGEST = 24
"""Letters of the longest word whose neighbours are searched for: it has some 1,250."""
LONG_NAME = 6
"""Letters of a name from which on one letter that is wrong, missing or too many makes a typo and not another name."""
STEM = 5
"""Letters of a stem that another word begins with if it is derived from it."""
ALIKE = 0.8
"""Least share of letters in common, as `difflib` counts them."""
MISSPELT = 3
"""Most words of a question that are searched for in other spellings."""
TWO_SLIPS = range(8, 17)
"""Letters of a word in which two slips are looked for: shorter ones have other words beside them, longer ones too many
letters. One of 16 has some 1,930 spellings."""

_WORD = re.compile(r"(?<![\w@./-])[^\W\d_]+(?![\w@/-])")
_ALPHABETS = ("abcdefghijklmnopqrstuvwxyz", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "αβγδεζηθικλμνξοπρστυφχψω")
"""Letters without accents: those of a text are compared without theirs."""
VOWELS = "aeiou"


def unknown(question: str, hits: Sequence[Hit]) -> list[str]:
    """The words of the question, but for names, of which no hit has a form."""
    known = set(terms(_text(hits)))
    words = [found.group() for found in _WORD.finditer(question)]
    return [word for word in words if len(word) >= SHORTEST and word.islower() and not known.issuperset(terms(word))]


def misspelt_names(question: str, hits: Sequence[Hit]) -> dict[str, str]:
    """The long names of the question that no hit has, each with the name in the hits that is one letter from it."""
    known, held = _text(hits), set(terms(_text(hits)))
    written = {word for word in _words(known) if word[0].isupper() and len(word) >= LONG_NAME - 1}
    names = [word for word in _words(question)[1:] if word.istitle() and len(word) >= LONG_NAME]
    near = {
        name: [word for word in written if word.istitle() and _is_one_letter_apart(name.lower(), word.lower())]
        for name in names
        if held.isdisjoint(terms(name))
    }
    return {name: words[0] for name, words in near.items() if len(words) == 1}


def corrected(question: str, hits: Sequence[Hit], words: Sequence[str] | None = None) -> str:
    """`question` with the words of the hits in the place of those of `words` that are nearly the same.

    `words`: by default those that no hit has.
    """
    wrong = unknown(question, hits) if words is None else words
    nearest = misspelt_names(question, hits)
    if not wrong and not nearest:
        return question
    vocabulary = list(dict.fromkeys(_words(_text(hits).lower())))
    nearest |= {word: next(iter(_nearest(word, vocabulary)), word) for word in wrong}
    return _WORD.sub(lambda found: nearest.get(found.group(), found.group()), question)


def spellings(words: Sequence[str]) -> str:
    """All words that are one letter away from one of the words, with its first letter: a question for a search."""
    looked_at = [word for word in words if len(word) <= LONGEST][:MISSPELT]
    return " ".join(dict.fromkeys(near for word in looked_at for near in _neighbours(word)))


def further_spellings(words: Sequence[str]) -> str:
    """All words that are two slips away from one of the long words: a question for a search.

    One slip is a letter that is single instead of double, or double instead of single. The other one is of this kind
    too, or a letter too many, two neighbours changed over, or a vowel that is wrong or missing. Of 1,339 words of eight
    letters or more in 24 articles, 13 have another word of a library of 20,000 chunks at this distance and none nearer.
    Of a sample of 250 of them, it is 1, and would be 16 with any two of these slips.
    """
    looked_at = [word for word in words if len(word) in TWO_SLIPS][:MISSPELT]
    return " ".join(dict.fromkeys(far for word in looked_at for near in _doubled(word) for far in _slips(near)))


def _nearest(word: str, vocabulary: Sequence[str]) -> list[str]:
    derived = tuple(stem for stem in terms(word) if len(stem) >= STEM and word.startswith(stem) and stem != word)
    others = [known for known in vocabulary if known[0] == word[0] and not (derived and known.startswith(derived))]
    return get_close_matches(word, others, 1, ALIKE)


def _is_one_letter_apart(one: str, other: str) -> bool:
    """Whether a letter left out, added or exchanged, or two neighbours changed over, make one word of the other."""
    if one[0] != other[0] or abs(len(one) - len(other)) > 1 or one == other:
        return False
    left, right = differing(one, other)
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def _words(text: str) -> list[str]:
    return [found.group() for found in _WORD.finditer(text)]


def _neighbours(word: str) -> Iterator[str]:
    """A letter left out, exchanged or added, or two neighbours changed over."""
    alphabet = next((letters for letters in _ALPHABETS if word[0] in letters), word)
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        yield from (head + letter + tail[1:] for letter in alphabet)
        yield from (head + letter + tail for letter in alphabet)
    yield from (word + letter for letter in alphabet)


def _doubled(word: str) -> Iterator[str]:
    """A letter doubled, or one of two equal neighbours left out."""
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        yield head + tail[1:] if word[at] == word[at - 1] else head + tail[:1] + tail


def _slips(word: str) -> Iterator[str]:
    """A letter doubled or left out, two neighbours changed over, a vowel added or exchanged."""
    yield from _doubled(word)
    for at in range(1, len(word)):
        head, tail = word[:at], word[at:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        yield from (head + vowel + tail for vowel in VOWELS)
        yield from (head + vowel + tail[1:] for vowel in VOWELS if tail[0] in VOWELS)
    yield from (word + vowel for vowel in VOWELS)


def _text(hits: Sequence[Hit]) -> str:
    return " ".join(f"{hit.filename} {hit.text}" for hit in hits)
