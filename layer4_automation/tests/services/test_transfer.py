"""A stored document as bytes: the same again when decode, and another checksum when anything differs."""

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid5

import numpy as np
import pytest

from api.services.documents.outline import Outline, TableSpan
from api.services.documents.store import Document, MetadataValue, StoredChunk
from api.services.parsing.parser import Heading
from api.services.text.bm25 import encode_document
from api.services.transfer.codec import ChunkVectors, Incomplete, StoredDocument, checksums, decode, encode

ID = UUID("00000000-0000-4000-8000-000000000001")
TEXTS = ["the heron 𝄞 fishes", "of it is", "the otter swims"]
METADATA: dict[str, MetadataValue] = {"z": True, "a": 1, "b": 1.0, "wide": 1e16, "text": "ä"}


def stored_document() -> StoredDocument:
    chunks = [StoredChunk(uuid5(ID, str(n)), ID, n, n or None, n, n + len(t), t, "") for n, t in enumerate(TEXTS)]
    random = np.random.default_rng(1)
    vectors = {}
    for chunk in chunks:
        sparse = encode_document(chunk.text)
        dense = random.normal(size=4).astype("<f4")
        vectors[chunk.id] = ChunkVectors(dense, np.array(sparse.indices, "<u4"), np.array(sparse.values, "<f4"))
    at = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    document = Document(ID, "ä.txt", "text/plain", 7, "0" * 64, 3, 3, at, METADATA)
    return StoredDocument(document, " · ".join(TEXTS), chunks, vectors)


def test_what_is_packed_is_unpacked_the_same() -> None:
    sent = stored_document()
    draft = decode(encode(sent))
    assert (draft.document, draft.text, draft.chunks) == (sent.document, sent.text, sent.chunks)
    assert repr(draft.document.metadata) == repr(METADATA), "types and the order of the keys count"
    assert [sparse.indices for sparse in draft.sparse] == [encode_document(text).indices for text in TEXTS]
    assert [sparse.values for sparse in draft.sparse] == [encode_document(text).values for text in TEXTS]
    for row, chunk in zip(draft.dense, sent.chunks, strict=True):
        assert row.tobytes() == sent.vectors[chunk.id].dense.tobytes()


def test_warnings_and_the_version_of_the_parser_are_packed_too() -> None:
    sent = stored_document()
    read = replace(sent.document, warnings=("1 image on page 2 has no text.",), parser=1)
    assert decode(encode(replace(sent, document=read))).document == read
    outline = Outline((Heading(0, 3, 1),), (TableSpan(4, 9, 1),))
    assert decode(encode(replace(sent, outline=outline))).outline == outline
    assert checksums(replace(sent, document=read))["record"] != checksums(sent)["record"]


def test_bytes_of_before_these_were_noted_are_of_the_first_parser() -> None:
    packed = encode(stored_document())
    (length,) = struct.unpack_from("<I", packed)
    head = json.loads(packed[4 : 4 + length])
    del head["document"]["warnings"], head["document"]["parser"], head["outline"]
    older = json.dumps(head).encode()
    new = decode(struct.pack("<I", len(older)) + older + packed[4 + length :])
    assert (new.document.warnings, new.document.parser, new.document.outdated) == ((), 1, True)
    assert new.outline == Outline()


def test_a_document_without_chunks_is_one_too() -> None:
    empty = replace(stored_document(), chunks=[], vectors={}, document=replace(stored_document().document, chunks=0))
    assert decode(encode(empty)).chunks == []


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    sent = stored_document()
    at = sent.document.created_at.astimezone(timezone(timedelta(hours=5)))
    assert encode(replace(sent, document=replace(sent.document, created_at=at))) == encode(sent)


def test_what_is_not_whole_is_told_and_is_no_document() -> None:
    sent = stored_document()
    less = dict(list(sent.vectors.items())[1:])
    for part in (replace(sent, vectors=less), replace(sent, chunks=sent.chunks[1:], vectors=less)):
        assert checksums(part)["document"] != checksums(sent)["document"]
        with pytest.raises(Incomplete, match=r"ä\.txt"):
            decode(encode(part))


def test_one_bit_of_a_vector_is_another_checksum_of_its_chunk_alone() -> None:
    sent = stored_document()
    first = sent.chunks[0].id
    for name in ("dense", "weights"):
        array = getattr(sent.vectors[first], name).copy()
        array.view("<u4")[0] ^= 1
        other = checksums(replace(sent, vectors={**sent.vectors, first: replace(sent.vectors[first], **{name: array})}))
        assert other["document"] != checksums(sent)["document"]
        assert other["record"] == checksums(sent)["record"]
        changed = [id for id, checksum in checksums(sent)["chunks"].items() if other["chunks"][id] != checksum]
        assert changed == [str(first)]
