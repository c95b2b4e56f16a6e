"""How the two rankings of a hybrid search become one.

    score = cosine(question, chunk) + SPARSE_WEIGHT * BM25(question, chunk)

The candidates are the best chunks of either kind, and each candidate has both scores: the index computes the cosine of
a chunk that only its words found, and the BM25 score of one that only its meaning found.

Measured on 24 articles of XQuAD (127 chunks, 612 questions; the share whose first hit holds the answer, and whose
first five do), and again with 2,000 chunks of other documents among them, 20 candidates of each kind:

                                       127 chunks      2,127 chunks
    dense alone                        .886 / .989     .871 / .974
    sparse alone                       .935 / .982     .930 / .979
    reciprocal rank, k = 2             .926 / .997     .925 / .990
    reciprocal rank, weights 1 : 1.5   .925 / .995     .925 / .990
    distribution based                 .940 / .997     .935 / .992
    this sum                           .951 / .998     .938 / .989

Ranks forget how sure a ranking was of its first place, and the sum does not: that is the whole difference. (Reranking
then decides close calls: .966 and .953, see reranking.py.)

This was with a weight of 0.025 (R@1 varied by .003 between 0.015 and 0.04) and with paragraphs of up to 1,166
characters in one chunk. Since chunks end at 1,000 characters, a weight of 0.02 finds more, with close calls decided:
.964 / 1.000 against .959 / .998, and more on either half of the articles.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SPARSE_WEIGHT = 0.02
"""The cosine that equals one point of BM25."""
sparse_weight: ContextVar[float] = ContextVar("sparse_weight", default=SPARSE_WEIGHT)
"""The weight in use, which can be another one for a single question."""
cosine_spread: ContextVar[float] = ContextVar("cosine_spread", default=1.0)
"""How far apart the cosines of the model in use lie, as a share of those of all-MiniLM-L6-v2."""

PREFETCH = 20
"""Candidates of each kind (or top_k, if that is more). 20 and 50 measure the same."""


def fused(dense: float, sparse: float) -> float:
    """The score of a candidate, from its cosine and its BM25 score."""
    return dense + sparse_weight.get() * sparse


@contextmanager
def weighing(words: float, spread: float = 1.0) -> Iterator[None]:
    """In the block, words weigh this many times as much as before, and cosines lie closer together or further apart.

    `spread`: see `Reading`.
    """
    tokens = sparse_weight.set(words * spread * sparse_weight.get()), cosine_spread.set(spread)
    try:
        yield
    finally:
        sparse_weight.reset(tokens[0])
        cosine_spread.reset(tokens[1])
