"""Invalid states are refused by the database itself, for every client."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest

from tests.postgres.further_rows import UNTESTED_FURTHER, WRONG_FURTHER
from tests.postgres.rows import fill
from tests.stores.opened import Opened, opened
from tests.stores.writes import BYSTANDER, NEW, OLD

FIRST = "(SELECT min(number) FROM chunks)"
OTHER_SPACE = "INSERT INTO embedding_spaces (name, dimension, state) VALUES ('b', 3, 'filling') RETURNING id"


def changed(table: str, where: str = "true", **columns: str) -> str:
    return (
        f"UPDATE {table} SET " + ", ".join(f'"{name}" = {value}' for name, value in columns.items()) + f" WHERE {where}"
    )


WRONG = {
    "the same bytes twice": (changed("documents", sha256="repeat('0', 64)"), "documents_sha256_key"),
    "a malformed checksum": (changed("documents", sha256="'abc'"), "documents_sha256_check"),
    "a negative size": (changed("documents", size_bytes="-1"), "documents_size_bytes_check"),
    "zero pages": (changed("documents", pages="0"), "documents_pages_check"),
    "a negative number of chunks": (changed("documents", chunks="-1"), "documents_chunks_check"),
    "a parser before the first": (changed("documents", parser="0"), "documents_parser_check"),
    "a chunk without a document": (changed("chunks", document_id="gen_random_uuid()"), "chunks_document_id_fkey"),
    "a chunk twice": (changed("chunks", id="(SELECT id FROM chunks LIMIT 1)"), "chunks_id_key"),
    "an index twice": (changed("chunks", index="0"), "chunks_document_id_index_key"),
    "a negative index": (changed("chunks", index="-1"), "chunks_index_check"),
    "a chunk on page 0": (changed("chunks", page="0"), "chunks_page_check"),
    "a chunk longer than its offsets": (changed("chunks", text="text || '!'"), "chunks_offsets_check"),
    "a chunk that ends before it starts": (changed("chunks", start='"end" + 1'), "chunks_offsets_check"),
    "a negative offset": (changed("chunks", start="-1"), "chunks_offsets_check"),
    "a text without a document": (changed("texts", document_id="gen_random_uuid()"), "texts_document_id_fkey"),
    "two texts of a document": (f"INSERT INTO texts VALUES ('{OLD.document.id}', 'x')", "texts_pkey"),
    "a word without a chunk": ("INSERT INTO postings VALUES (1, 0, 1)", "postings_chunk_number_fkey"),
    "a word twice": ("INSERT INTO postings SELECT * FROM postings", "postings_pkey"),
    "a word beyond 32 bits": (f"INSERT INTO postings VALUES (2 ^ 32, {FIRST}, 1)", "postings_term_check"),
    "a word of weight 0": (changed("postings", weight="0"), "postings_weight_check"),
    "a word of weight NaN": (changed("postings", weight="'NaN'"), "postings_weight_check"),
    "a vector without a chunk": (
        f"INSERT INTO embeddings SELECT 0, space_id, dimension, dense FROM embeddings WHERE chunk_number = {FIRST}",
        "embeddings_chunk_number_fkey",
    ),
    "a second vector in a space": ("INSERT INTO embeddings SELECT * FROM embeddings", "embeddings_pkey"),
    "a vector without a space": (changed("embeddings", space_id="99"), "embeddings_space_id_dimension_fkey"),
    "a vector of another dimension than its column says": (
        changed("embeddings", dense="'[1, 2]'"),
        "embeddings_dimension_check",
    ),
    "a vector of another dimension than its space": (
        f"WITH other AS ({OTHER_SPACE}) INSERT INTO embeddings SELECT {FIRST}, id, 2, '[1, 2]' FROM other",
        "embeddings_space_id_dimension_fkey",
    ),
    "two active spaces": (
        "INSERT INTO embedding_spaces (name, dimension, state) VALUES ('b', 3, 'active')",
        "embedding_spaces_active_idx",
    ),
    "a space twice": (
        "INSERT INTO embedding_spaces (name, dimension, state) SELECT name, 3, 'filling' FROM embedding_spaces",
        "embedding_spaces_name_key",
    ),
    "a space in an unknown state": (changed("embedding_spaces", state="'lost'"), "embedding_spaces_state_check"),
    "a space without dimensions": (changed("embedding_spaces", dimension="0"), "embedding_spaces_dimension_check"),
    "a second version of the library": ("INSERT INTO library_version VALUES (1, 0)", "library_version_pkey"),
    "another version of the library": ("INSERT INTO library_version VALUES (2, 0)", "library_version_id_check"),
    "a version before the first": (changed("library_version", version="-1"), "library_version_version_check"),
    "a message without a conversation": (
        changed("messages", conversation_id="gen_random_uuid()"),
        "messages_conversation_id_fkey",
    ),
    "two messages with one index": (changed("messages", index="0"), "messages_conversation_id_index_key"),
    "a message with a negative index": (changed("messages", "index = 0", index="-1"), "messages_index_check"),
    "a message of an unknown role": (changed("messages", role="'system'", answer="NULL"), "messages_role_check"),
    "an answer without metadata": (changed("messages", "role = 'assistant'", answer="NULL"), "messages_answer_check"),
    "a question with metadata": (changed("messages", "role = 'user'", answer="'{}'"), "messages_answer_check"),
    "a conversation that ended before it began": (
        changed("conversations", updated_at="created_at - interval '1 s'"),
        "conversations_updated_at_check",
    ),
    "a source without a message": (
        changed("message_sources", message_id="gen_random_uuid()"),
        "message_sources_message_id_fkey",
    ),
    "a source in an unknown chunk": (
        changed("message_sources", chunk_id="gen_random_uuid()"),
        "message_sources_chunk_id_fkey",
    ),
    "a source twice": ("INSERT INTO message_sources SELECT * FROM message_sources", "message_sources_pkey"),
    "a source without a marker": (changed("message_sources", marker="0"), "message_sources_marker_check"),
    "a source on page 0": (changed("message_sources", page="0"), "message_sources_page_check"),
    "a source that ends before it starts": (changed("message_sources", end="0"), "message_sources_offsets_check"),
    **WRONG_FURTHER,
}


CONSTRAINTS = "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'"
UNTESTED = {
    "alembic_version_pkc",
    "documents_pkey",
    "chunks_pkey",
    "conversations_pkey",
    "messages_pkey",
    "embedding_spaces_pkey",
    "embedding_spaces_id_dimension_key",
    *UNTESTED_FURTHER,
}
"""Keys of generated ids, and a key that only a foreign key needs."""


@pytest.fixture(scope="module")
async def filled(stores: Callable[[], dict[str, Any]]) -> AsyncIterator[Opened]:
    async with opened(stores()) as harness:
        await fill(harness)
        yield harness


@pytest.mark.parametrize("name", WRONG)
async def test_an_invalid_state_is_refused(filled: Opened, name: str) -> None:
    statement, constraint = WRONG[name]
    with pytest.raises(psycopg.IntegrityError) as refused:
        await execute(filled, statement)
    assert refused.value.diag.constraint_name == constraint


async def execute(harness: Opened, statement: str) -> None:
    async with harness.database.transaction() as connection:
        await connection.execute(statement.encode())


async def test_every_constraint_refuses_a_state_of_this_list(filled: Opened) -> None:
    rows = await filled.database.rows(CONSTRAINTS)
    seen = {constraint for _, constraint in WRONG.values() if not constraint.endswith("_idx")}
    assert {row[0] for row in rows} - UNTESTED == seen


async def test_deleting_a_document_deletes_what_belongs_to_it_and_marks_its_citations(
    stores: Callable[[], dict[str, Any]],
) -> None:
    async with opened(stores()) as harness:
        await fill(harness)
        await execute(harness, f"DELETE FROM documents WHERE id = '{NEW.document.id}'")
        assert await harness.documents_on_disk() == {OLD.document.id, BYSTANDER.document.id}
        await harness.clean_up()
        [(filename, chunk)] = await harness.database.rows("SELECT filename, chunk_id FROM message_sources")
        assert (filename, chunk) == ("tides.txt", None)
        await execute(harness, "DELETE FROM conversations")
        assert await harness.database.rows("SELECT FROM messages") == []
        assert await harness.database.rows("SELECT FROM message_sources") == []
