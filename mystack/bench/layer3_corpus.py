"""Ready chunks, as many as one likes and the same ones every time: texts, vectors, and questions about them.

Words. The model's own vocabulary is a list of English words, the most frequent first; drawn by Zipf's law, they make
texts whose stop words, common words and rare words are as many as in real ones. Every document has a topic, whose
words it repeats; a question is of words that one chunk has.

Vectors. The model embeds the topics and the questions. A document's vector lies between those of two topics, a chunk's
near that of its document: vectors of the model's own kind, and questions that lie among them as real ones do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Ranks = NDArray[np.int64]

TOPICS = 1000
TOPIC_WORDS = 16
CHUNKS = 20
"""Of each document."""
WORDS = 120
"""Of each chunk, stop words included."""
SENTENCE = 15
FROM_THE_TOPIC = 0.1
"""Of the words of a chunk; the others are drawn from the whole language."""
COMMON = 300
"""The most frequent words are nobody's topic."""
TOPIC_IN_QUESTION, OWN_WORDS = 6, 1
"""Words of a question: of its topic, and the rarest of its chunk, which tell the chunk from others on the topic."""
ZIPF, OFFSET = 1.07, 2.7
SECOND_TOPIC, OWN = 0.5, 0.6
"""How far a document is drawn to a second topic, and a chunk away from its document."""


@dataclass(frozen=True)
class Corpus:
    """Documents 0, 1, …: what they hold does not depend on how many are asked for.

    `words`: the most frequent first. `topics`: a unit vector each, float32, shape (TOPICS, dimension).
    """

    words: Sequence[str]
    topics: Vectors

    def ranks(self, document: int) -> Ranks:
        """The words of each chunk, as places in `words`: shape (CHUNKS, WORDS)."""
        random = np.random.default_rng([1, document])
        weights = (np.arange(len(self.words)) + OFFSET) ** -ZIPF
        general = np.searchsorted(weights.cumsum() / weights.sum(), random.random((CHUNKS, WORDS)))
        own = topic_ranks(document % TOPICS, len(self.words))[random.integers(TOPIC_WORDS, size=(CHUNKS, WORDS))]
        ranks = np.where(random.random((CHUNKS, WORDS)) < FROM_THE_TOPIC, own, general)
        return ranks.clip(max=len(self.words) - 1).astype(np.int64)

    def texts(self, ranks: Ranks) -> list[str]:
        """A text for each row."""
        return [_sentences([self.words[rank] for rank in row]) for row in ranks.tolist()]

    def vectors(self, document: int) -> Vectors:
        """A unit vector for each chunk, shape (CHUNKS, dimension)."""
        random = np.random.default_rng([2, document])
        second = self.topics[random.integers(TOPICS)]
        centre = self.topics[document % TOPICS] + SECOND_TOPIC * random.random() * second
        # Of the topics' own shape: in hundreds of dimensions, noise to all sides alone would be far from everything.
        shaped = self.topics[random.integers(TOPICS, size=(CHUNKS, 3))].sum(axis=1) - 3 * self.topics.mean(axis=0)
        noise = 0.7 * unit(shaped) + 0.5 * unit(random.standard_normal((CHUNKS, len(centre))))
        return unit(unit(centre) + OWN * noise).astype(np.float32)

    def metadata(self, document: int) -> dict[str, int]:
        """To filter by: `percent` has a hundred values, all as likely, `tenth` ten, and `half` two."""
        share = np.random.default_rng([3, document]).random()
        return {"percent": int(share * 100), "tenth": int(share * 10), "half": int(share * 2)}

    def question(self, number: int, documents: int) -> str:
        """A question about a chunk of one of the first `documents`, in words that the chunk has."""
        random = np.random.default_rng([4, number])
        document = int(random.integers(documents))
        ranks = self.ranks(document)[random.integers(CHUNKS)]
        topic = np.intersect1d(ranks, topic_ranks(document % TOPICS, len(self.words)))
        rarest = np.setdiff1d(ranks, topic)[-OWN_WORDS:]
        chosen = [*random.choice(topic, min(TOPIC_IN_QUESTION, len(topic)), replace=False), *rarest]
        a, b, *rest = (self.words[rank] for rank in chosen)
        return f"Which {a} has the {b} of {' and '.join(rest)}?"


def vocabulary(model: Path) -> list[str]:
    """The whole words that a model knows, the most frequent first. `model` is its folder."""
    tokens: dict[str, Any] = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return [
        word
        for word in sorted(tokens, key=lambda it: tokens[it])
        if len(word) > 1 and word.isascii() and word.isalpha()
    ]


def topic_texts(words: Sequence[str]) -> list[str]:
    """What the model embeds for each topic."""
    return [" ".join(words[rank] for rank in topic_ranks(topic, len(words))) for topic in range(TOPICS)]


def topic_ranks(topic: int, words: int) -> Ranks:
    """A topic's words: rare ones as likely as common ones, even on a logarithmic scale."""
    random = np.random.default_rng([0, topic])
    return np.exp(random.uniform(np.log(min(COMMON, words // 2)), np.log(words), TOPIC_WORDS)).astype(np.int64)


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The same directions, of length 1."""
    lengths: NDArray[np.floating[Any]] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def nearest(questions: Vectors, vectors: Vectors, count: int, among: NDArray[np.bool_] | None = None) -> list[set[int]]:
    """For each question the numbers of the nearest of all vectors, or of those that are `among`: all are compared."""
    cosines = questions @ vectors.T
    if among is not None:
        cosines[:, ~among] = -2
    return [set(row.tolist()) for row in np.argpartition(-cosines, count, axis=1)[:, :count]]


def _sentences(words: Sequence[str]) -> str:
    parts = (words[at : at + SENTENCE] for at in range(0, len(words), SENTENCE))
    return " ".join(" ".join(part).capitalize() + "." for part in parts)
