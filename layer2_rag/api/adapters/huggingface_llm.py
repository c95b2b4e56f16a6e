"""A Hugging Face model in this process. An optional extra: `pip install -e '.[huggingface]'`."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

from api.errors import ModelUnavailable
from api.services.language_model import Finished, ModelInfo, Prompt, Token
from api.services.turn import Usage

FALLBACK_WINDOW = 2048  # tokens; for a model whose configuration names no maximum


class HuggingFaceModel:
    """The causal model at `path` (a folder or a hub name), loaded once, generating in a thread of its own."""

    provider = "huggingface"
    generates = True

    def __init__(self, path: str) -> None:
        self.path = path
        self._loaded: tuple[Any, Any] | None = None
        self._turn = asyncio.Lock()  # one generation at a time: two would share the same cores

    async def models(self) -> list[ModelInfo]:
        model, _ = await self._load()
        window = getattr(model.config, "max_position_embeddings", None) or FALLBACK_WINDOW
        return [ModelInfo(self.path, "huggingface", window, default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        model, tokenizer = await self._load()
        async with self._turn:
            generation = _Generation(model, tokenizer, prompt)
            try:
                async for text in generation.texts():
                    yield Token(text)
                yield generation.finished()
            finally:
                await generation.stop()

    async def _load(self) -> tuple[Any, Any]:
        if self._loaded is None:
            self._loaded = await asyncio.to_thread(_load, self.path)
        return self._loaded


def _load(path: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model: Any = AutoModelForCausalLM.from_pretrained(path)
        return model.eval(), AutoTokenizer.from_pretrained(path)
    except ImportError as error:
        raise ModelUnavailable("transformers is not installed: `pip install -e '.[huggingface]'`.") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The model {path!r} cannot be loaded: {str(error).splitlines()[0]}") from error


class _Generation:
    """One run of `generate` in a thread; its texts arrive through a queue."""

    def __init__(self, model: Any, tokenizer: Any, prompt: Prompt) -> None:
        self.model, self.tokenizer, self.prompt = model, tokenizer, prompt
        self.loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[str | BaseException | None] = asyncio.Queue()
        self.stopped = threading.Event()
        self.prompt_tokens = self.completion_tokens = 0
        self.thread = asyncio.create_task(asyncio.to_thread(self._run))

    async def texts(self) -> AsyncGenerator[str, None]:
        while (item := await self.queue.get()) is not None:
            if isinstance(item, BaseException):
                raise ModelUnavailable(f"The model failed: {item}") from item
            if item:
                yield item

    def finished(self) -> Finished:
        usage = Usage(self.prompt_tokens, self.completion_tokens, estimated=False)
        return Finished("length" if self.completion_tokens >= self.prompt.max_tokens else "stop", usage)

    async def stop(self) -> None:
        self.stopped.set()
        await asyncio.shield(self.thread)

    def _put(self, item: str | BaseException | None) -> None:
        self.loop.call_soon_threadsafe(self.queue.put_nowait, item)

    def _run(self) -> None:
        try:
            self._generate()
        except (RuntimeError, ValueError, IndexError) as error:  # what torch and transformers raise
            self._put(error)
        self._put(None)

    def _generate(self) -> None:
        from transformers import StoppingCriteriaList, TextStreamer

        class Streamer(TextStreamer):
            def on_finalized_text(_, text: str, stream_end: bool = False) -> None:
                self._put(text)

        inputs = self._inputs()
        self.prompt_tokens = inputs["input_ids"].shape[1]
        output = self.model.generate(
            **inputs,
            max_new_tokens=self.prompt.max_tokens,
            streamer=Streamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True),
            stopping_criteria=StoppingCriteriaList([lambda *_, **__: self.stopped.is_set()]),
            **_sampling(self.prompt.temperature),
        )
        self.completion_tokens = output.shape[1] - self.prompt_tokens

    def _inputs(self) -> Any:
        messages = [{"role": message.role, "content": message.content} for message in self.prompt.messages]
        if self.tokenizer.chat_template:
            return self.tokenizer.apply_chat_template(
                messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        text = "\n".join(f"{message['role']}: {message['content']}" for message in messages) + "\nassistant:"
        return self.tokenizer(text, return_tensors="pt")


def _sampling(temperature: float | None) -> dict[str, Any]:
    return {"do_sample": True, "temperature": temperature} if temperature else {"do_sample": False}
