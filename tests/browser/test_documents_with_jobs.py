"""What tests of layer 2 say of uploads and sources holds on layer 4's page, whose uploads are jobs."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser import test_citations, test_documents
from tests.browser.conftest import serve
from tests.browser.documents import empty

test_a_file_is_sent_with_progress = test_documents.test_a_chosen_file_is_sent_with_progress_and_then_listed
test_a_document_is_deleted_after_asking = test_documents.test_a_document_is_deleted_after_asking
test_a_failed_upload_says_why_and_can_be_retried = test_documents.test_a_failed_upload_says_why_and_can_be_retried
test_dragging_away_leaves_no_trace = test_documents.test_dragging_away_leaves_no_trace
test_the_same_file_again_is_not_stored_twice = test_documents.test_the_same_file_again_is_not_stored_twice
test_a_question_leads_to_an_upload = test_documents.test_without_documents_a_question_leads_to_an_upload
test_offsets_count_code_points = test_citations.test_offsets_count_code_points


@pytest.fixture(scope="module")
def layer2() -> Iterator[str]:
    """Layer 4, in the place of layer 2."""
    yield from serve(4, LLM_PROVIDER="extractive")


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    """Layer 4's page, with no documents."""
    empty(layer2)
    return open_page(layer2)
