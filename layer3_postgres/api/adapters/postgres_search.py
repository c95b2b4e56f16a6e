"""The statement of a search: one round trip, and one moment at which all of it is true.

    scope      the documents that the filters leave          ┐
    size       how many chunks there are, and how many there │ the plan: up to EXACT_CHUNKS are compared one by one,
    exactly    the nearest of those, all compared            │ which misses none; beyond that the HNSW index is
    nearly     the nearest of those, by the HNSW index       ┘ faster, and misses a few
    by_words   BM25: the weights of the question's words in each chunk, and how rare each word is
    fused      cosine + SPARSE_WEIGHT * BM25, as `services/fusion.py` says

Of `exactly` and `nearly` one is not executed: its condition on the size depends on no row, and is looked at once.
"""

from functools import lru_cache

from api.services.fusion import SPARSE_WEIGHT
from api.services.search import Mode

EXACT_CHUNKS = 20_000

SEARCH = """
WITH {scope}size AS (
    SELECT (SELECT coalesce(sum(chunks), 0) FROM documents) AS everywhere,
           (SELECT coalesce(sum(chunks), 0) FROM {documents}) AS within
), exactly AS (
    SELECT chunk_no, dense <=> %(dense)s AS distance
    FROM {embeddings_within}
    WHERE space_id = {space} AND (SELECT within FROM size) <= {exact_chunks}
    ORDER BY distance LIMIT %(candidates)s
), nearly AS (
    SELECT chunk_no, dense <=> %(dense)s AS distance
    FROM embeddings
    WHERE space_id = {space} AND (SELECT within FROM size) > {exact_chunks} AND {chunk_within}
    ORDER BY dense::halfvec({dimension}) <=> %(dense)s::halfvec({dimension}) LIMIT %(candidates)s
), by_meaning AS (
    SELECT chunk_no, 1 - distance AS score FROM exactly UNION ALL SELECT chunk_no, 1 - distance FROM nearly
), words AS (
    SELECT term, weight * ln(1 + ((SELECT everywhere FROM size) - chunks + 0.5) / (chunks + 0.5)) AS weight
    FROM unnest(%(terms)s::bigint[], %(weights)s::real[]) AS asked (term, weight),
    LATERAL (SELECT count(*) AS chunks FROM postings WHERE postings.term = asked.term)
), by_words AS (
    SELECT chunk_no, sum(words.weight * postings.weight) AS score
    FROM words JOIN postings USING (term)
    WHERE {posting_within}
    GROUP BY chunk_no ORDER BY score DESC, chunk_no LIMIT %(candidates)s
), fused AS (
    SELECT chunk_no, {score} AS score, by_meaning.score AS dense_score, by_words.score AS sparse_score
    FROM by_meaning {join} JOIN by_words USING (chunk_no)
    ORDER BY score DESC, chunk_no LIMIT %(top_k)s
)
SELECT state, documents.id, filename, chunks.id, page, start, "end", text, score, dense_score, sparse_score
FROM embedding_spaces
LEFT JOIN fused ON true
LEFT JOIN chunks ON no = chunk_no
LEFT JOIN documents ON documents.id = document_id
WHERE embedding_spaces.id = {space}
ORDER BY score DESC, chunk_no
"""

SCOPE = "scope AS MATERIALIZED (SELECT id, chunks FROM documents WHERE {conditions}), "
SCOPE_CHUNKS = "SELECT no FROM scope JOIN chunks ON document_id = scope.id"

FUSED: dict[Mode, tuple[str, str]] = {
    "hybrid": (f"coalesce(by_meaning.score, 0) + {SPARSE_WEIGHT} * coalesce(by_words.score, 0)", "FULL"),
    "dense": ("by_meaning.score", "LEFT"),
    "sparse": ("by_words.score", "RIGHT"),
}


@lru_cache
def statement(space_id: int, dimension: int, mode: Mode, filters: int, by_id: bool) -> bytes:
    """The text depends on the space and on the form of the query only: a connection prepares each of a few texts.

    Parameters: `dense`, `terms` and `weights`, `candidates` of each kind, `top_k`; `filter_0`, `filter_1`, …: of each
    list of tags a document must have one; with `by_id` also `document_ids`.
    """
    conditions = [f"tags && %(filter_{number})s::text[]" for number in range(filters)]
    if by_id:
        conditions.append("id = ANY(%(document_ids)s::uuid[])")
    score, join = FUSED[mode]
    limited = bool(conditions)
    return SEARCH.format(
        scope=SCOPE.format(conditions=" AND ".join(conditions)) if limited else "",
        documents="scope" if limited else "documents",
        embeddings_within=f"({SCOPE_CHUNKS}) JOIN embeddings ON chunk_no = no" if limited else "embeddings",
        chunk_within=f"(chunk_no IN ({SCOPE_CHUNKS})) IS TRUE" if limited else "true",
        posting_within=f"chunk_no IN ({SCOPE_CHUNKS})" if limited else "true",
        space=space_id,
        dimension=dimension,
        exact_chunks=EXACT_CHUNKS,
        score=score,
        join=join,
    ).encode()
