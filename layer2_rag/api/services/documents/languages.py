"""What follows for a document from the languages that the embedding model reads."""

from collections.abc import Sequence
from typing import Protocol

from api.services.embedding.token_map import TokenCounter


class Languages(Protocol):
    """The languages of the embedding model in use."""

    def counter(self, text: str, tokens: TokenCounter) -> TokenCounter:
        """What measures the chunks of a text: `tokens`, the model's own, if its vectors tell something of the text."""
        ...

    def warnings(self, text: str) -> Sequence[str]:
        """A sentence for the user if the model does not read the language of a text."""
        ...

    def still_true(self, warnings: Sequence[str]) -> Sequence[str]:
        """Those of a stored document's warnings that hold for this model."""
        ...


class AllLanguages:
    """The port `Languages` of a model that reads every text."""

    def counter(self, text: str, tokens: TokenCounter) -> TokenCounter:
        return tokens

    def warnings(self, text: str) -> Sequence[str]:
        return ()

    def still_true(self, warnings: Sequence[str]) -> Sequence[str]:
        return warnings
