"""A real language model with random weights, small enough for a test to create, save and run."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

WINDOW = 512
TEMPLATE = "{% for m in messages %}<s>{{ m.role }}: {{ m.content }}\n{% endfor %}<s>assistant:"


def save_tiny_model(folder: Path) -> None:
    """A Llama of 2 layers and 16 dimensions with random weights.

    The prompt is tokenized into bytes, but the model generates one-letter words: the streamer holds tokens back until
    a word is complete, so a test could not observe streaming of single bytes.
    """
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("Ġ", letter) for letter in "abcdefghij"]
    words = ["".join(merge) for merge in merges]
    vocabulary = {token: number for number, token in enumerate(["<s>", "</s>", *alphabet, *words])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = TEMPLATE
    fast.save_pretrained(folder)

    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=WINDOW,
        bos_token_id=vocabulary["<s>"],
        eos_token_id=vocabulary["</s>"],
    )
    model = LlamaForCausalLM(config)
    model.generation_config.suppress_tokens = [number for token, number in vocabulary.items() if token not in words]
    model.save_pretrained(folder)
    # This imports the libraries of the loader, for which a request would not wait long enough.
    AutoModelForCausalLM.from_pretrained(folder)
