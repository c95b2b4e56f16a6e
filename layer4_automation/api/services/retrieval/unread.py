"""Documents in a language that the embedding model does not read: their words are searched, their meaning is not.

Their chunks are as long as English ones. Where the model's vocabulary has only single letters, its wordpieces would
make them a third as long, and a vector that tells nothing may as well be that of a chunk's beginning. Measured on 24
articles of XQuAD, every second question, by words alone, in chunks of 254 wordpieces and of as many pieces of four
letters (R@1 / R@5):

                  Russian        Greek          Arabic         Hindi          Thai
    wordpieces    .707 / .866    .685 / .869    .678 / .882    .758 / .901    .844 / .971
    letters       .860 / .965    .869 / .965    .860 / .975    .882 / .936    .844 / .975
"""

import re
from collections import Counter
from collections.abc import Sequence

from api.services.embedding.token_map import TokenCounter
from api.services.retrieval.reading import UNREAD, reads
from api.services.text.languages import language_name, language_of

SLICES, SLICE_CHARS = 5, 600
"""Parts of a text, and their characters, by whose languages the text's is decided."""
LEAST_LETTERS = 40
"""Letters of a text from which on it is said to be in another language."""
PIECE = 4
"""Letters that count as one wordpiece: about as many as one has in English."""
DENSE_SCRIPTS = ("CJK", "HANGUL")
"""Scripts whose single characters say as much as several letters."""

_ADVICE = "Set EMBEDDING_MODEL=multilingual-e5-small and run `mystack reembed`."
NOT_READ = (
    "This document is in {language}, which the model {model} does not read; "
    f"its words are searched, its meaning is not. {_ADVICE}"
)
READ_IN_PART = (
    "This document is in {language}, which the model {model} reads in part; "
    f"its words count more than its meaning. {_ADVICE}"
)
_UNREAD = re.compile(r"which the model (\S+) (?:does not read|reads in part);")


class Letters:
    """The port `TokenCounter` for scripts of which the model knows only the letters: each four of them are a piece."""

    def __init__(self, window: int) -> None:
        self.window = window

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [(start, min(start + PIECE, len(text))) for start in range(0, len(text), PIECE)]


class ModelLanguages:
    """The port `Languages` for the embedding model of a name."""

    def __init__(self, model: str) -> None:
        self.model = model.rpartition("/")[2]
        self.reads = reads(model)

    def counter(self, text: str, tokens: TokenCounter) -> TokenCounter:
        """See `Languages`."""
        reading = self.reads(_sample(text))
        by_letters = reading.words >= UNREAD and reading.language not in DENSE_SCRIPTS
        return Letters(tokens.window) if by_letters else tokens

    def warnings(self, text: str) -> Sequence[str]:
        """See `Languages`."""
        sample = _sample(text)
        reading = self.reads(sample)
        if reading.trusted or sum(map(str.isalpha, sample)) < LEAST_LETTERS:
            return ()
        how = READ_IN_PART if reading.words < UNREAD else NOT_READ
        return (how.format(language=language_name(sample), model=self.model),)

    def still_true(self, warnings: Sequence[str]) -> Sequence[str]:
        """See `Languages`."""
        return [w for w in warnings if not (found := _UNREAD.search(w)) or found[1] == self.model]


def _sample(text: str) -> str:
    """Of the parts that a text is read in, those of the most frequent language."""
    step = max(len(text) // SLICES, SLICE_CHARS)
    parts = [text[start : start + SLICE_CHARS] for start in range(0, len(text), step)][:SLICES]
    languages = [language_of(part) for part in parts]
    most = Counter(filter(None, languages)).most_common(1)
    return "\n".join(part for part, own in zip(parts, languages, strict=True) if not most or own == most[0][0])
