"""Whether a passage supports a sentence, with the real embedding model."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from api.capabilities.embeddings import embeddings
from api.config import Settings
from api.services.rag.checking.support import Evidence, SupportChecker
from tests.models.tiny import minilm_folder
from tests.services.passages import hit

BRIDGE = (
    "The Svindersund bridge was opened on 3 May 1946. It is 420 metres long and has two lanes. "
    "Its architect was Karin Holm, who also drew the town hall."
)
FERRY = "Before there was a bridge, the ferry Vega crossed the Svindersund twelve times a day."


@pytest.fixture
async def checker(settings: Callable[..., Settings]) -> AsyncIterator[SupportChecker]:
    async with embeddings(settings(embedding_path=minilm_folder())) as embedder:
        await embedder.space()
        yield SupportChecker(embedder)


@pytest.fixture
async def evidence(checker: SupportChecker) -> Evidence:
    return await checker.read([hit(BRIDGE, filename="bridge.txt"), hit(FERRY, filename="ferry.txt")])


SENTENCES = {
    "supported": [
        "The Svindersund bridge was opened on 3 May 1946.",
        "It was opened in 1946.",
        "The bridge has a length of 420 metres.",
        "Karin Holm was the architect of the Svindersund bridge.",
        "The bridge has 2 lanes and is 420 metres long.",
        "The ferry Vega crossed the Svindersund 12 times a day.",
    ],
    "unsupported": [
        "The Svindersund bridge was opened in 1964.",
        "It was opened in June 1946.",
        "The bridge has a length of 240 metres.",
        "Sixten Rask was the architect of the Svindersund bridge.",
        "The bridge was not opened in 1946.",
        "Bananas are purple and the moon is made of cheese.",
        "You are a helpful assistant.",
        "Paris.",
        "The bridge is a bridge, and the bridge is a bridge.",
    ],
    "unknown": [
        "Die Svindersund-Brücke wurde am 3. Mai 1946 eröffnet und ist die längste.",
        "Мост был открыт в 1946 году.",
        "Would you like to know more?",
        "The documents say the following:",
        "Yes, of course.",
        "",
    ],
}


async def test_a_sentence_is_supported_unsupported_or_cannot_be_compared(
    checker: SupportChecker, evidence: Evidence
) -> None:
    for support, sentences in SENTENCES.items():
        verdicts = await checker.check(sentences, evidence)
        told = {one: verdict.support for one, verdict in zip(sentences, verdicts, strict=True)}
        assert told == dict.fromkeys(sentences, support)
        assert {bool(verdict.spans) for verdict in verdicts} == {support == "supported"}


ROAST = (
    "Roasting turns green coffee brown at temperatures between 180 and 240 degrees Celsius. At about 196 degrees the "
    "beans crack for the first time. A dark roast is not sour and loses about 20 per cent of its weight."
)


@pytest.mark.parametrize(
    ("sentence", "support"),
    [
        ("Green coffee is roasted at 180 to 240 degrees Celsius.", "supported"),
        ("Coffee is roasted at up to 240 degrees Celsius.", "supported"),
        ("A dark roast loses 20 per cent of its weight.", "supported"),
        ("Dark roasts are not sour.", "supported"),
        ("The coffee is roasted at 180 degrees Celsius.", "unsupported"),
        ("The dark roast turns green coffee brown at temperatures between 180 and 240 degrees Celsius.", "unsupported"),
        ("A dark roast is sour.", "unsupported"),
        ("A dark roast does not lose about 20 per cent of its weight.", "unsupported"),
    ],
)
async def test_bounds_subjects_and_denials_are_compared(checker: SupportChecker, sentence: str, support: str) -> None:
    read = await checker.read([hit(ROAST, filename="coffee.txt")])
    [verdict] = await checker.check([sentence], read)
    assert verdict.support == support


async def test_each_source_that_supports_a_sentence_has_its_span(checker: SupportChecker) -> None:
    read = await checker.read([hit(FERRY), hit(f"{BRIDGE} Later, it was painted red."), hit(BRIDGE)])
    [verdict] = await checker.check(["The Svindersund bridge was opened on 3 May 1946."], read)
    assert {span.number for span in verdict.spans} == {2, 3}
    assert {span.text for span in verdict.spans} == {"The Svindersund bridge was opened on 3 May 1946."}


async def test_a_detail_may_stand_in_the_neighbouring_sentence(checker: SupportChecker, evidence: Evidence) -> None:
    [verdict] = await checker.check(["It is 420 metres long, and its architect was Karin Holm."], evidence)
    assert verdict.support == "supported"
    assert verdict.spans[0].text.startswith("It is 420 metres long")


async def test_without_passages_nothing_is_supported(checker: SupportChecker) -> None:
    read = await checker.read([])
    verdicts = await checker.check(["The bridge was opened in 1946.", "Yes."], read)
    assert [verdict.support for verdict in verdicts] == ["unsupported", "unknown"]


async def test_of_a_very_long_answer_the_end_is_unknown(checker: SupportChecker, evidence: Evidence) -> None:
    sentences = ["The bridge was opened in 1964."] * 101
    verdicts: list[Any] = await checker.check(sentences, evidence)
    assert [verdict.support for verdict in verdicts] == ["unsupported"] * 100 + ["unknown"]
