"""The tokenizer of a model: it counts the tokens of a text, and gives the model the ids of a batch."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from api.adapters.embedding.model_files import packed_file, window
from api.adapters.embedding.packed_e5 import PackedE5
from api.adapters.embedding.sentence_pieces import sentence_pieces
from api.services.embedding.prefixes import NO_PREFIXES, Prefixes

Batch = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Ids and mask, both of shape (texts, tokens of the longest); the mask is 0 at padding."""


class ModelTokens:
    """The `TokenCounter` of the model in the folder. `prefixes`: what the model reads before a text.

    There is one tokenizer for both uses, since that of a model of many languages takes 250 MB. The file of MiniLM's
    would truncate at 128 tokens, so truncation is switched off, and a batch is cut at the model's window here.
    """

    def __init__(self, folder: Path, prefixes: Prefixes = NO_PREFIXES) -> None:
        self._tokenizer = _tokenizer(folder)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._prefixes = prefixes
        self._model_window = window(folder)
        longest = max(len(self._spans(prefix.rstrip())) for prefix in (prefixes.question, prefixes.document))
        self.window = self._model_window - longest - self._tokenizer.num_special_tokens_to_add(is_pair=False)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """See `TokenCounter`. A prefix at the beginning is not counted.

        SentencePiece counts the space before a word to its first piece; here it belongs to no token.
        """
        begin = len(self._prefixes.at_start_of(text))
        return [(start + _spaces(text[start:end]), end) for start, end in self._spans(text) if end > begin]

    def batch(self, texts: Sequence[str]) -> Batch:
        """The texts with the special tokens, each cut where the model's window ends."""
        encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        cut = [ids if len(ids) <= self._model_window else [*ids[: self._model_window - 1], ids[-1]] for ids in encoded]
        shape = (len(cut), max(map(len, cut), default=0))
        padded, mask = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for row, ids in enumerate(cut):
            padded[row, : len(ids)] = ids
            mask[row, : len(ids)] = 1
        return padded, mask

    def _spans(self, text: str) -> list[tuple[int, int]]:
        """A batch of one, because only batches release the GIL."""
        (encoding,) = self._tokenizer.encode_batch([text], add_special_tokens=False)
        return encoding.offsets


def _tokenizer(folder: Path) -> Tokenizer:
    packed = packed_file(folder)
    return sentence_pieces(PackedE5(packed)) if packed else Tokenizer.from_file(str(folder / "tokenizer.json"))


def _spaces(text: str) -> int:
    return len(text) - len(text.lstrip())
