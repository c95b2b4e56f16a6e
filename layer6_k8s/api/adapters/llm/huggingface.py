"""A Hugging Face model in this process. An optional extra: `pip install -e '.[huggingface]'`."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from typing import Any

from api.adapters.llm.messages import message_json
from api.errors import ModelUnavailable, PromptTooLong, UnsupportedParameter
from api.services.chat.cutting import StopFilter
from api.services.chat.language_model import Finished, ModelInfo, Prompt, Token
from api.services.chat.options import Options
from api.services.chat.turn import Usage

FALLBACK_WINDOW = 2048  # tokens; for a model whose configuration names no maximum
LOADING_SECONDS = 1.0  # how long a request waits for a model that is being loaded


class HuggingFaceModel:
    """The causal model at `path` (a folder or a hub name), loaded once, generating in a thread of its own."""

    provider = "huggingface"
    generates = True

    def __init__(self, path: str) -> None:
        self.path = path
        self._loading: asyncio.Task[tuple[Any, Any]] | None = None
        self._turn = asyncio.Lock()  # one generation at a time: two would share the same cores

    async def models(self) -> list[ModelInfo]:
        model, _ = await self._loaded()
        return [ModelInfo(self.path, "huggingface", _window(model), default=True)]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Token | Finished, None]:
        """Of the options it takes `stop`, `top_p` and `seed`; tools are left out."""
        _refuse_demands(prompt.options)
        model, tokenizer = await self._loaded()
        async with self._turn:
            generation = _Generation(model, tokenizer, prompt)
            try:
                stop = StopFilter(prompt.options.stop or ())
                async for text in generation.texts():
                    yield Token(stop.feed(text))
                    if stop.stopped:
                        break
                yield Token(stop.flush())
                yield generation.finished(stop.stopped)
            finally:
                await generation.stop()

    async def _loaded(self) -> tuple[Any, Any]:
        """The model and its tokenizer. Loading begins with the first call and goes on when its caller has left."""
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(_load, self.path))
        done, _ = await asyncio.wait([self._loading], timeout=LOADING_SECONDS)
        if not done:
            raise ModelUnavailable(f"The model {self.path!r} is still being loaded; ask again in a moment.")
        if self._loading.exception():
            failed, self._loading = self._loading, None  # the next call tries again
            return failed.result()
        return self._loading.result()


def _load(path: str) -> tuple[Any, Any]:
    try:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        model: Any = AutoModelForCausalLM.from_pretrained(path)
        return model.eval(), AutoTokenizer.from_pretrained(path)
    except ImportError as error:
        raise ModelUnavailable("transformers is not installed: `pip install -e '.[huggingface]'`.") from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"The model {path!r} cannot be loaded: {str(error).splitlines()[0]}") from error


def _window(model: Any) -> int:
    return getattr(model.config, "max_position_embeddings", None) or FALLBACK_WINDOW


class _Generation:
    """One run of `generate` in a thread; its texts arrive through a queue, and None after the last."""

    def __init__(self, model: Any, tokenizer: Any, prompt: Prompt) -> None:
        self.model, self.tokenizer, self.prompt = model, tokenizer, prompt
        self.loop = asyncio.get_running_loop()
        self.queue: asyncio.Queue[str | None] = asyncio.Queue()
        self.stopped = threading.Event()
        self.prompt_tokens = self.completion_tokens = 0
        self.thread = asyncio.create_task(asyncio.to_thread(self._run))

    async def texts(self) -> AsyncGenerator[str, None]:
        while (text := await self.queue.get()) is not None:
            yield text
        try:
            await self.thread
        except (RuntimeError, ValueError, IndexError) as error:  # what torch and transformers raise
            raise ModelUnavailable(f"The model failed: {error}") from error

    def finished(self, stopped: bool) -> Finished:
        """`stopped`: at a stop sequence, while the model still generates, so that its tokens are not counted yet."""
        if stopped:
            return Finished("stop")
        usage = Usage(self.prompt_tokens, self.completion_tokens, estimated=False)
        return Finished("length" if self.completion_tokens >= self.prompt.max_tokens else "stop", usage)

    async def stop(self) -> None:
        self.stopped.set()
        await asyncio.wait([self.thread])
        self.thread.exception()  # retrieved: the consumer has received it

    def _put(self, text: str | None) -> None:
        self.loop.call_soon_threadsafe(self.queue.put_nowait, text)

    def _run(self) -> None:
        try:
            self._generate()
        finally:
            self._put(None)

    def _generate(self) -> None:
        from transformers import StoppingCriteriaList, TextStreamer, set_seed

        class Streamer(TextStreamer):
            def on_finalized_text(_, text: str, stream_end: bool = False) -> None:
                if text:
                    self._put(text)

        if self.prompt.options.seed is not None:
            set_seed(self.prompt.options.seed % 2**32)
        inputs = self._inputs()
        output = self.model.generate(
            **inputs,
            max_new_tokens=self.prompt.max_tokens,
            streamer=Streamer(self.tokenizer, skip_prompt=True, skip_special_tokens=True),
            stopping_criteria=StoppingCriteriaList([lambda *_, **__: self.stopped.is_set()]),
            pad_token_id=self.tokenizer.eos_token_id,
            **_sampling(self.prompt.temperature, self.prompt.options.top_p),
        )
        self.completion_tokens = output.shape[1] - self.prompt_tokens

    def _inputs(self) -> dict[str, Any]:
        """The prompt's tokens. Here they are counted, not estimated: raises `PromptTooLong` if they are too many."""
        special = not self.tokenizer.chat_template  # a template writes the special tokens itself
        encoded = self.tokenizer(self._text(), return_tensors="pt", add_special_tokens=special)
        self.prompt_tokens = encoded["input_ids"].shape[1]
        room = _window(self.model) - self.prompt.max_tokens
        if self.prompt_tokens > room:
            raise PromptTooLong(f"The prompt has {self.prompt_tokens} tokens, and the model has room for {room}.")
        return {name: encoded[name] for name in ("input_ids", "attention_mask")}

    def _text(self) -> str:
        """The conversation in the form that the model was trained on."""
        from jinja2 import TemplateError

        messages = [message_json(message) for message in self.prompt.messages]
        if not self.tokenizer.chat_template:
            return "\n".join(f"{message['role']}: {message['content']}" for message in messages) + "\nassistant:"
        try:
            return str(self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False))
        except TemplateError as error:  # some templates know no system messages, or want the roles to alternate
            raise ValueError(f"its chat template refuses this conversation: {error}") from error


def _sampling(temperature: float | None, top_p: float | None) -> dict[str, Any]:
    if not temperature:
        return {"do_sample": False}
    return {"do_sample": True, "temperature": temperature} | ({"top_p": top_p} if top_p else {})


def _refuse_demands(options: Options) -> None:
    """Raise `UnsupportedParameter` for what `generate` alone cannot do."""
    demands = {
        "tool_choice": options.demands_tool,
        "response_format": options.wants_json,
        "logprobs": options.logprobs,
    }
    for name, demanded in demands.items():
        if demanded:
            raise UnsupportedParameter(
                name, f"The provider `huggingface` does not support this `{name}`: leave it out."
            )
