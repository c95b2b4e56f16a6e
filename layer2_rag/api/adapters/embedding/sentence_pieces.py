"""XLM-RoBERTa's SentencePiece tokenizer, from the pieces in the packed E5.

Source: Kudo and Richardson, "SentencePiece", 2018, section 3.4 on normalization: NFKC, after control characters are
removed and everything that separates words has become a space.
"""

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from api.adapters.embedding.packed_e5 import PackedE5

REMOVED = r"[\x00-\x08\x0B\x0E-\x1F\x7F\x8F\x9F]"
SPACES = r"[\t\n\f\r\u1680\u200B-\u200F\u2028\u2029\u2581\uFEFF\uFFFD]"
"""U+2581 among them: it stands for a space within the tokenizer."""
RESERVED = "\0"
"""Before the name of a special token. No text has it after normalization, so "<s>" in a text is text."""


def sentence_pieces(model: PackedE5) -> Tokenizer:
    """It neither cuts nor pads. Spans begin with the space before a word."""
    pieces = [(RESERVED + piece, score) if score == 0 else (piece, score) for piece, score in model.pieces]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=model.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(REMOVED), ""),
            normalizers.Replace(Regex(SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    first, last = pieces[model.first][0], pieces[model.last][0]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, model.first), (last, model.last)]
    )
    return tokenizer
