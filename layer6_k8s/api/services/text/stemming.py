"""Words without their inflection, so that the forms of one word are one search term.

English words by a few rules of our own, words of other scripts by the Snowball stemmer of the script's most frequent
language. Words with Latin letters of other languages are treated as English: a word does not tell its language.
"""

import re
import unicodedata
from threading import Lock

import Stemmer

_VOWEL = re.compile("[aeiouy]")
_BY_SCRIPT = {
    "ARABIC": "arabic",
    "ARMENIAN": "armenian",
    "CYRILLIC": "russian",
    "DEVANAGARI": "hindi",
    "GREEK": "greek",
    "TAMIL": "tamil",
}
_stemmers = {script: Stemmer.Stemmer(language, 0) for script, language in _BY_SCRIPT.items()}
_lock = Lock()
"""A stemmer of Snowball serves one thread at a time."""


def stem(word: str) -> str:
    """`word` without its English inflection: plural, `-ing`, `-ed`, `-ly`, final `-e`; `y` becomes `i`.

    Those are words of the letters a-z. Words of other scripts are cut by Snowball; numbers and identifiers stay whole.
    """
    if not word.isascii():
        return _of_script(word)
    if len(word) < 4 or not word.isalpha():
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


def _of_script(word: str) -> str:
    stemmer = _stemmers.get(unicodedata.name(word[0], "").partition(" ")[0])
    if stemmer is None:
        return word
    with _lock:
        return str(stemmer.stemWord(word)) or word
