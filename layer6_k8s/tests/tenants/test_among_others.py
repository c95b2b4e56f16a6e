"""Search of a small tenant among many foreign chunks: it finds all of its own, in the same order and scores."""

from itertools import pairwise

import numpy as np
import psycopg
import pytest

from api.services.tenants.callers import acting_as
from tests.needs import as_superuser
from tests.stores.drafts import ENCODER
from tests.stores.opened import Opened
from tests.tenants.several import new_tenant

FOREIGN = 20_000
ALPHABET = ("otter", "badger", "heron", "salmon", "willow", "harbour", "ferry", "lantern")
LINES = [f"the {first} waits for the {second}" for first, second in pairwise(ALPHABET)]
QUESTIONS = ("heron", "which salmon waits", "the harbour of the otter", "lantern")
# Rows as a migration would leave them: a document of many chunks, whose words are those of the small tenant.
FILL = """
    INSERT INTO public.documents (
        tenant_no, id, filename, content_type, size_bytes, sha256, chunks, created_at, metadata, tags
    ) VALUES (%(no)s, gen_random_uuid(), 'large.txt', 'text/plain', 1, repeat('f', 64), %(count)s, now(), '{}', '{}');
    WITH new AS (
        INSERT INTO public.chunks (tenant_no, id, document_id, index, start, "end", text, heading)
        SELECT %(no)s, gen_random_uuid(), documents.id, n, 0, 5, 'otter', ''
        FROM public.documents, generate_series(0, %(count)s - 1) AS n WHERE tenant_no = %(no)s RETURNING number
    ), words AS (
        INSERT INTO public.postings (tenant_no, term, chunk_number, weight)
        SELECT %(no)s, term, number, 1
        FROM new, (SELECT DISTINCT term FROM public.postings WHERE tenant_no = 1) AS words
    )
    INSERT INTO public.embeddings (tenant_no, chunk_number, space_id, dimension, dense)
    SELECT %(no)s, number, space_id, dimension, dense FROM new CROSS JOIN LATERAL (
        SELECT * FROM public.embeddings WHERE tenant_no = 1 ORDER BY chunk_number OFFSET number %% 7 LIMIT 1
    ) AS one
"""


@pytest.mark.timeout(180)
async def test_a_tenant_finds_the_same_whatever_others_have(harness: Opened) -> None:
    await harness.publish("\n".join(LINES))
    before = [await harness.found(question, top_k=5) for question in QUESTIONS]
    other = await new_tenant(harness.database, "large")

    with psycopg.connect(as_superuser(harness.database.url)) as everything:
        everything.execute("SET search_path = public")
        for statement in FILL.split(";"):
            everything.execute(statement.encode(), {"no": other.tenant.no, "count": FOREIGN})
        everything.execute("ANALYZE")
    assert [await harness.found(question, top_k=5) for question in QUESTIONS] == before
    exact = ENCODER.encode(LINES) @ ENCODER.encode(list(QUESTIONS)).T
    for column, question in enumerate(QUESTIONS):
        found = [LINES.index(hit.text) for hit in await harness.found(question, top_k=7, mode="dense")]
        best = sorted(exact[:, column], reverse=True)
        assert np.allclose([exact[row, column] for row in found], best, atol=1e-5), "all of its own, the nearest first"
    with acting_as(other):
        assert {hit.filename for hit in await harness.found("otter", top_k=50)} == {"large.txt"}
