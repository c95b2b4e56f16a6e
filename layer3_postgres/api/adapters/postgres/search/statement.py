"""The statement of a search: one round trip, and one moment at which all of it is true.

    scope      the documents that the filters leave, and `chosen` their chunks
    size       how many chunks there are, and how many of them are in scope
    nearly     the nearest chunks by the HNSW index, which is quick and misses a few
    exactly    the nearest of all in scope, each compared: where these are few, or where the index gave too few
    words      what each word of the question counts: BM25's idf
    by_words   BM25: the sum of the words' weights in each chunk
    fused      cosine + SPARSE_WEIGHT * BM25, as `services/retrieval/fusion.py` says

What is not needed is not executed: a condition on the sizes depends on no row, and is looked at once. The numbers
stand in the text and not among its parameters, because the planner takes an unknown LIMIT for a tenth of the table.
"""

from functools import lru_cache

from api.services.retrieval.fusion import PREFETCH, SPARSE_WEIGHT
from api.services.retrieval.search import Mode

FEW, FEW_WITHIN = 5_000, 10_000
"""So many chunks are compared one by one: of all, and of those that filters leave.

Measured among 100,000 chunks, in ms and recall@10; without a filter the index takes 4 ms, and its recall is .99:

    a filter leaves     1,000       10,000       20,000       50,000
    exactly            3   1.0     27   1.0     52   1.0    165   1.0
    nearly           190   .96     33   .98     18   .98     11   1.0
"""
SURPLUS = 5
"""Under a filter the index gives so many times the candidates: what it finds first there is not always the nearest."""
COUNTED = 20_000
"""Above this, BM25 is content with PostgreSQL's estimate of how many chunks there are."""

SEARCH = """
WITH {scope}size AS MATERIALIZED (
    SELECT everywhere, {within} AS within
    FROM (
        SELECT CASE WHEN reltuples > {counted} THEN reltuples::float8
               ELSE (SELECT coalesce(sum(chunks), 0) FROM documents) END
        FROM pg_class WHERE oid = 'chunks'::regclass
    ) AS known (everywhere)
), nearly AS MATERIALIZED (
    SELECT chunk_number, dense <=> %(dense)s AS distance
    FROM embeddings
    WHERE space_id = {space} AND (SELECT within > {few} FROM size) AND {allowed}
    ORDER BY dense::halfvec({dimension}) <=> %(dense)s::halfvec({dimension}) LIMIT {nearest}
), exactly AS (
    SELECT chunk_number, distance FROM ({each}) AS compared
    WHERE (SELECT count(*) < {candidates} FROM nearly)
    ORDER BY distance LIMIT {candidates}
), by_meaning AS (
    SELECT chunk_number, 1 - distance AS score
    FROM (SELECT * FROM nearly UNION SELECT * FROM exactly) AS found
    ORDER BY distance LIMIT {candidates}
), words AS MATERIALIZED (
    SELECT term, weight * ln(1 + greatest(everywhere - chunks + 0.5, 0) / (chunks + 0.5)) AS weight
    FROM size, unnest(%(terms)s::bigint[], %(weights)s::real[]) AS asked (term, weight),
    LATERAL (SELECT count(*)::float8 AS chunks FROM postings WHERE postings.term = asked.term) AS found
), by_words AS ({by_words}), fused AS (
    SELECT chunk_number, {score} AS score, by_meaning.score AS dense_score, by_words.score AS sparse_score
    FROM by_meaning {join} JOIN by_words USING (chunk_number)
    ORDER BY score DESC, chunk_number LIMIT {top_k}
)
SELECT state, documents.id, filename, chunks.id, page, start, "end", text, score, dense_score, sparse_score
FROM embedding_spaces
LEFT JOIN fused ON true
LEFT JOIN chunks ON number = chunk_number
LEFT JOIN documents ON documents.id = document_id
WHERE embedding_spaces.id = {space}
ORDER BY score DESC, chunk_number
"""

BEST = "GROUP BY chunk_number ORDER BY score DESC, chunk_number"
# OFFSET 0 has the postings of each word looked up in the index; before PostgreSQL has counted what a table holds, it
# would rather read all of it.
WEIGHED = """SELECT chunk_number, sum(words.weight * theirs.weight) AS score
    FROM words, LATERAL (
        SELECT chunk_number, weight FROM postings WHERE postings.term = words.term OFFSET 0
    ) AS theirs"""

UNLIMITED = {
    "scope": "",
    "within": "everywhere",
    "allowed": "true",
    "each": "SELECT chunk_number, dense <=> %(dense)s AS distance FROM embeddings WHERE space_id = {space}",
    "by_words": f"{WEIGHED} {BEST} LIMIT {{candidates}}",
}

# OFFSET 0 keeps the planner from joining whole tables, and from weighing words only of what is allowed: where a filter
# leaves many, it is quicker to look at the best ones until enough of them are.
ALLOWED = "(SELECT {conditions} FROM chunks JOIN documents ON documents.id = document_id WHERE number = chunk_number)"
LIMITED = {
    "scope": """scope AS MATERIALIZED (
    SELECT id, chunks FROM documents WHERE {conditions}
), chosen AS MATERIALIZED (
    SELECT number FROM scope, LATERAL (SELECT number FROM chunks WHERE document_id = scope.id OFFSET 0) AS theirs
), """,
    "within": "(SELECT coalesce(sum(chunks), 0) FROM scope)",
    "allowed": ALLOWED,
    "each": """
        SELECT number AS chunk_number, distance FROM chosen, LATERAL (
            SELECT dense <=> %(dense)s AS distance FROM embeddings
            WHERE chunk_number = number AND space_id = {space} OFFSET 0
        ) AS one
    """,
    "by_words": f"""
    ({WEIGHED} JOIN chosen ON number = chunk_number
     WHERE (SELECT within <= {{few}} FROM size) {BEST} LIMIT {{candidates}})
    UNION ALL
    (SELECT * FROM ({WEIGHED} WHERE (SELECT within > {{few}} FROM size) {BEST} OFFSET 0) AS all_of_them
     WHERE {ALLOWED} LIMIT {{candidates}})
""",
}

FUSED: dict[Mode, tuple[str, str]] = {
    "hybrid": (f"coalesce(by_meaning.score, 0) + {SPARSE_WEIGHT} * coalesce(by_words.score, 0)", "FULL"),
    "dense": ("by_meaning.score", "LEFT"),
    "sparse": ("by_words.score", "RIGHT"),
}


@lru_cache
def statement(space_id: int, dimension: int, mode: Mode, top_k: int, filters: int, by_id: bool) -> bytes:
    """The text depends on the space and on the form of the query only: a connection prepares each of a few texts.

    Parameters: `dense`, `terms` and `weights`; `filter_0`, `filter_1`, …: of each list of tags a document must have
    one; with `by_id` also `document_ids`.
    """
    conditions = [f"tags && %(filter_{number})s::text[]" for number in range(filters)]
    if by_id:
        conditions.append("documents.id = ANY(%(document_ids)s::uuid[])")
    limited, candidates = bool(conditions), max(PREFETCH, top_k)
    score, join = FUSED[mode]
    values = {
        "conditions": " AND ".join(conditions),
        "space": space_id,
        "dimension": dimension,
        "few": FEW_WITHIN if limited else FEW,
        "counted": COUNTED,
        "candidates": candidates,
        "nearest": candidates * (SURPLUS if limited else 1),
        "top_k": top_k,
        "score": score,
        "join": join,
    }
    parts = {name: part.format(**values) for name, part in (LIMITED if limited else UNLIMITED).items()}
    return SEARCH.format(**values, **parts).encode()
