"""The statement of a search: one round trip, and one consistent snapshot of the data.

    scope              the documents that the filters allow, and `scope_chunks` their chunks
    size               the number of chunks: in total, and in scope
    approximate        the nearest chunks by the HNSW index, which is fast and misses a few
    exact              the nearest of all chunks in scope, by comparing each: where they are few, or where the index
                       returned too few
    dense_candidates   the nearest chunks of both
    terms              the weight of each term of the question: BM25's idf
    sparse_candidates  the best chunks by BM25: the sum of the terms' weights in each chunk
    ranked             cosine + sparse_weight * BM25, as `services/retrieval/fusion.py` says; of a candidate that only
                       one kind of search found, the other score is computed here

What is not needed is not executed: a condition on the sizes depends on no row and is evaluated once. Limits are part
of the text, not parameters, because the planner assumes a tenth of the table for an unknown LIMIT.
"""

from functools import lru_cache

from api.services.retrieval.fusion import PREFETCH
from api.services.retrieval.search import Mode

EXACT_UP_TO, EXACT_UP_TO_FILTERED = 5_000, 10_000
"""Up to this many chunks are compared one by one: of all chunks, and of those that filters allow.

Measured among 100,000 chunks, in ms and recall@10; without a filter the index takes 4 ms, and its recall is .99:

    filters allow       1,000       10,000       20,000       50,000
    exact              3   1.0     27   1.0     52   1.0    165   1.0
    approximate      190   .96     33   .98     18   .98     11   1.0
"""
OVERSAMPLING = 5
"""Under a filter the index returns this multiple of the candidates: those that it finds first are not the nearest."""
COUNT_UP_TO = 20_000
"""Above this size BM25 uses PostgreSQL's estimate of the number of chunks."""

SEARCH = """
WITH {scope}size AS MATERIALIZED (
    SELECT total, {in_scope} AS in_scope
    FROM (
        SELECT CASE WHEN reltuples > {count_up_to} THEN reltuples::float8
               ELSE (SELECT coalesce(sum(chunks), 0) FROM documents) END
        FROM pg_class WHERE oid = 'chunks'::regclass
    ) AS known (total)
), approximate AS MATERIALIZED (
    SELECT chunk_number, dense <=> %(dense)s AS distance
    FROM {indexed}
    WHERE space_id = {space} AND (SELECT in_scope > {exact_up_to} FROM size) AND {allowed}
    ORDER BY dense::halfvec({dimension}) <=> %(dense)s::halfvec({dimension}) LIMIT {nearest}
), exact AS (
    SELECT chunk_number, distance FROM ({compared}) AS compared
    WHERE (SELECT count(*) < {candidates} FROM approximate)
    ORDER BY distance LIMIT {candidates}
), dense_candidates AS (
    SELECT chunk_number, 1 - distance AS cosine
    FROM (SELECT * FROM approximate UNION SELECT * FROM exact) AS found
    ORDER BY distance LIMIT {candidates}
), terms AS MATERIALIZED (
    SELECT term, weight * ln(1 + greatest(total - chunks + 0.5, 0) / (chunks + 0.5)) AS weight
    FROM size, unnest(%(terms)s::bigint[], %(weights)s::real[]) AS question (term, weight),
    LATERAL (SELECT count(*)::float8 AS chunks FROM postings WHERE postings.term = question.term) AS having_it
), sparse_candidates AS ({sparse}), ranked AS ({ranked} ORDER BY score DESC, chunk_number LIMIT {top_k})
SELECT documents.id, filename, chunks.id, page, start, "end", text, score, dense_score, sparse_score, heading
FROM embedding_spaces
LEFT JOIN ranked ON true
LEFT JOIN chunks ON number = chunk_number
LEFT JOIN documents ON documents.id = document_id
WHERE embedding_spaces.id = {space}
ORDER BY score DESC, chunk_number
"""

BEST = "GROUP BY chunk_number ORDER BY bm25 DESC, chunk_number"
# OFFSET 0 makes the planner read the postings of each term from the index; before PostgreSQL has statistics on a table,
# it prefers to read all of it.
WEIGHED = """SELECT chunk_number, sum(terms.weight * posting.weight) AS bm25
    FROM terms, LATERAL (
        SELECT chunk_number, weight FROM postings WHERE postings.term = terms.term OFFSET 0
    ) AS posting"""

UNLIMITED = {
    "scope": "",
    "in_scope": "total",
    "allowed": "true",
    "compared": "SELECT chunk_number, dense <=> %(dense)s AS distance FROM embeddings WHERE space_id = {space}",
    "sparse": f"{WEIGHED} {BEST} LIMIT {{candidates}}",
}

# OFFSET 0 keeps the planner from joining whole tables, and from weighing only the postings in scope: where filters
# allow many chunks, it is faster to test the best ones until enough of them are in scope.
ALLOWED = "(SELECT {conditions} FROM chunks JOIN documents ON documents.id = document_id WHERE number = chunk_number)"
LIMITED = {
    "scope": """scope AS MATERIALIZED (
    SELECT id, chunks FROM documents WHERE {conditions}
), scope_chunks AS MATERIALIZED (
    SELECT number FROM scope, LATERAL (SELECT number FROM chunks WHERE document_id = scope.id OFFSET 0) AS chunk
), """,
    "in_scope": "(SELECT coalesce(sum(chunks), 0) FROM scope)",
    "allowed": ALLOWED,
    "compared": """
        SELECT number AS chunk_number, distance FROM scope_chunks, LATERAL (
            SELECT dense <=> %(dense)s AS distance FROM embeddings
            WHERE chunk_number = number AND space_id = {space} OFFSET 0
        ) AS one
    """,
    "sparse": f"""
    ({WEIGHED} JOIN scope_chunks ON number = chunk_number
     WHERE (SELECT in_scope <= {{exact_up_to}} FROM size) {BEST} LIMIT {{candidates}})
    UNION ALL
    (SELECT * FROM ({WEIGHED} WHERE (SELECT in_scope > {{exact_up_to}} FROM size) {BEST} OFFSET 0) AS best
     WHERE {ALLOWED} LIMIT {{candidates}})
""",  # noqa: S608
}

RANKED: dict[Mode, str] = {
    "hybrid": """
    SELECT chunk_number, dense_score + %(sparse_weight)s::float8 * sparse_score AS score, dense_score, sparse_score
    FROM (
        SELECT chunk_number,
            coalesce(cosine, (
                SELECT 1 - (dense <=> %(dense)s) FROM embeddings
                WHERE embeddings.chunk_number = candidate.chunk_number AND space_id = {space}
            ), 0) AS dense_score,  -- 0: its vector is missing
            coalesce(bm25, (
                SELECT sum(terms.weight * postings.weight) FROM terms JOIN postings USING (term)
                WHERE postings.chunk_number = candidate.chunk_number
            ), 0) AS sparse_score
        FROM (
            SELECT * FROM dense_candidates FULL JOIN sparse_candidates USING (chunk_number)
            OFFSET 0  -- else chunk_number is a COALESCE, by which no index is read under row-level security
        ) AS candidate
        OFFSET 0  -- or each score is computed twice: for the sum, and for itself
    ) AS scored""",
    "dense": """
    SELECT chunk_number, cosine AS score, cosine AS dense_score, NULL::float8 AS sparse_score FROM dense_candidates""",
    "sparse": """
    SELECT chunk_number, bm25 AS score, NULL::float8 AS dense_score, bm25 AS sparse_score FROM sparse_candidates""",
}


@lru_cache
def statement(
    space_id: int,
    dimension: int,
    mode: Mode,
    top_k: int,
    filters: int,
    by_id: bool,
    *,
    indexed: str = "embeddings",
) -> bytes:
    """The text depends on the space and on the form of the query only: a connection prepares each of a few texts.

    `indexed`: the vectors that have an index, as FROM names them.
    Parameters: `dense`, `terms`, `weights` and `sparse_weight`; `filter_0`, `filter_1`, …: lists of tags, of each of
    which a document must have one; with `by_id` also `document_ids`.
    """
    conditions = [f"tags && %(filter_{number})s::text[]" for number in range(filters)]
    if by_id:
        conditions.append("documents.id = ANY(%(document_ids)s::uuid[])")
    limited, candidates = bool(conditions), max(PREFETCH, top_k)
    values = {
        "conditions": " AND ".join(conditions),
        "space": space_id,
        "indexed": indexed,
        "dimension": dimension,
        "exact_up_to": EXACT_UP_TO_FILTERED if limited else EXACT_UP_TO,
        "count_up_to": COUNT_UP_TO,
        "candidates": candidates,
        "nearest": candidates * (OVERSAMPLING if limited else 1),
        "top_k": top_k,
    }
    parts = {name: part.format(**values) for name, part in (LIMITED if limited else UNLIMITED).items()}
    return SEARCH.format(**values, **parts, ranked=RANKED[mode].format(**values)).encode()
