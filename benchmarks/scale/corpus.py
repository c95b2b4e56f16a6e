"""Generated chunks, deterministic and in any number: texts, vectors, and questions about them.

Words. The model's vocabulary is a list of English words, the most frequent first. Words drawn from it by Zipf's law
give texts with a realistic share of stop words, common words and rare words. Every document has a topic and repeats
the topic's words; a question consists of words of one chunk.

Vectors. The model embeds the topics and the questions. A document's vector lies between the vectors of two topics, and
a chunk's near its document's: so they have the model's own distribution, and questions lie among them as real ones do.
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
"""Chunks of a document."""
WORDS = 120
"""Words of a chunk, stop words included."""
SENTENCE = 15
FROM_THE_TOPIC = 0.1
"""Share of a chunk's words that belong to its topic; the others are drawn from the whole vocabulary."""
COMMON = 300
"""The most frequent words, which belong to no topic."""
TOPIC_IN_QUESTION, OWN_WORDS = 6, 1
"""Words of a question: of its topic, and the rarest of its chunk, which separate it from others on that topic."""
ZIPF, OFFSET = 1.07, 2.7
SECOND_TOPIC, OWN = 0.5, 0.6
"""Weight of a document's second topic, and distance of a chunk from its document."""


@dataclass(frozen=True)
class Corpus:
    """Documents 0, 1, …; their content does not depend on how many are generated.

    `words`: the most frequent first. `topics`: unit vectors, float32, shape (TOPICS, dimension).
    """

    words: Sequence[str]
    topics: Vectors

    def ranks(self, document: int) -> Ranks:
        """The words of each chunk, as indices into `words`: shape (CHUNKS, WORDS)."""
        random = np.random.default_rng([1, document])
        weights = (np.arange(len(self.words)) + OFFSET) ** -ZIPF
        general = np.searchsorted(weights.cumsum() / weights.sum(), random.random((CHUNKS, WORDS)))
        own = topic_ranks(document % TOPICS, len(self.words))[random.integers(TOPIC_WORDS, size=(CHUNKS, WORDS))]
        ranks = np.where(random.random((CHUNKS, WORDS)) < FROM_THE_TOPIC, own, general)
        return ranks.clip(max=len(self.words) - 1).astype(np.int64)

    def texts(self, ranks: Ranks) -> list[str]:
        """One text per row."""
        return [_sentences([self.words[rank] for rank in row]) for row in ranks.tolist()]

    def vectors(self, document: int) -> Vectors:
        """One unit vector per chunk, shape (CHUNKS, dimension)."""
        random = np.random.default_rng([2, document])
        second = self.topics[random.integers(TOPICS)]
        centre = self.topics[document % TOPICS] + SECOND_TOPIC * random.random() * second
        # Noise with the topics' distribution: in hundreds of dimensions, isotropic noise alone is far from everything.
        shaped = self.topics[random.integers(TOPICS, size=(CHUNKS, 3))].sum(axis=1) - 3 * self.topics.mean(axis=0)
        noise = 0.7 * unit(shaped) + 0.5 * unit(random.standard_normal((CHUNKS, len(centre))))
        return unit(unit(centre) + OWN * noise).astype(np.float32)

    def metadata(self, document: int) -> dict[str, int]:
        """Fields to filter by: `percent` has a hundred equally likely values, `tenth` ten, and `half` two."""
        share = np.random.default_rng([3, document]).random()
        return {"percent": int(share * 100), "tenth": int(share * 10), "half": int(share * 2)}

    def question(self, number: int, documents: int) -> str:
        """A question about a chunk of one of the first `documents`, in words of that chunk."""
        random = np.random.default_rng([4, number])
        document = int(random.integers(documents))
        ranks = self.ranks(document)[random.integers(CHUNKS)]
        topic = np.intersect1d(ranks, topic_ranks(document % TOPICS, len(self.words)))
        rarest = np.setdiff1d(ranks, topic)[-OWN_WORDS:]
        chosen = [*random.choice(topic, min(TOPIC_IN_QUESTION, len(topic)), replace=False), *rarest]
        a, b, *rest = (self.words[rank] for rank in chosen)
        return f"Which {a} has the {b} of {' and '.join(rest)}?"


def vocabulary(model: Path) -> list[str]:
    """The whole words of a model's vocabulary, the most frequent first. `model` is its folder."""
    tokens: dict[str, Any] = json.loads((model / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    return [
        word for word in sorted(tokens, key=tokens.__getitem__) if len(word) > 1 and word.isascii() and word.isalpha()
    ]


def topic_texts(words: Sequence[str]) -> list[str]:
    """The text of each topic, which the model embeds."""
    return [" ".join(words[rank] for rank in topic_ranks(topic, len(words))) for topic in range(TOPICS)]


def topic_ranks(topic: int, words: int) -> Ranks:
    """The indices of a topic's words, evenly distributed on a logarithmic scale."""
    random = np.random.default_rng([0, topic])
    return np.exp(random.uniform(np.log(min(COMMON, words // 2)), np.log(words), TOPIC_WORDS)).astype(np.int64)


def unit(vectors: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The vectors normalized to length 1."""
    lengths: NDArray[np.floating[Any]] = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / lengths


def nearest(questions: Vectors, vectors: Vectors, count: int, among: NDArray[np.bool_] | None = None) -> list[set[int]]:
    """The exact nearest neighbours of each question, among all vectors or those selected by `among`."""
    cosines = questions @ vectors.T
    if among is not None:
        cosines[:, ~among] = -2
    return [set(row.tolist()) for row in np.argpartition(-cosines, count, axis=1)[:, :count]]


def _sentences(words: Sequence[str]) -> str:
    parts = (words[at : at + SENTENCE] for at in range(0, len(words), SENTENCE))
    return " ".join(" ".join(part).capitalize() + "." for part in parts)
