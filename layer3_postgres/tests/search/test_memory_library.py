"""The library in memory finds what the stores find."""

from uuid import uuid4

import pytest

from api.adapters.memory.library import MemoryLibrary
from api.services.parsing.errors import DocumentNotFound
from tests.contracts.reference import FAR, NEAR, SHORT, WORDY, assert_expected
from tests.stores.drafts import query

ALL = [NEAR, FAR, WORDY, SHORT]


@pytest.fixture
async def library() -> MemoryLibrary:
    found = MemoryLibrary()
    for one in ALL:
        await found.publish(one, None)
    return found


@pytest.mark.parametrize("question", ["the of and in kestrel", "the of and in the ledger", "stone3 page"])
async def test_hits_have_both_scores_and_the_best_comes_first(library: MemoryLibrary, question: str) -> None:
    asked = query(question, 30)
    assert_expected(await library.search(asked), ALL, asked)


async def test_a_removed_document_is_not_found_and_its_words_are_not_counted(library: MemoryLibrary) -> None:
    await library.remove(WORDY.document.id)
    asked = query("the of and in the ledger", 30)
    assert_expected(await library.search(asked), [NEAR, FAR, SHORT], asked)


async def test_a_document_that_is_replaced_is_gone(library: MemoryLibrary) -> None:
    await library.publish(SHORT, WORDY.document.id)
    with pytest.raises(DocumentNotFound):
        await library.remove(WORDY.document.id)


async def test_removing_an_unknown_document_is_an_error(library: MemoryLibrary) -> None:
    with pytest.raises(DocumentNotFound):
        await library.remove(uuid4())
