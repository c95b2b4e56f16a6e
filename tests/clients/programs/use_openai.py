"""OpenAI's own SDK. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import asyncio
import json
import sys

import openai
from pydantic import BaseModel

QUOTING, GENERATING = sys.argv[1:]
QUESTION = [{"role": "user", "content": "Who was the architect of the Svindersund bridge?"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


class City(BaseModel):
    name: str
    inhabitants: int


def quotes(client: openai.OpenAI) -> None:
    names = [model.id for model in client.models.list()]
    assert {"extractive", "extractive:no-documents"} <= set(names)
    assert client.models.retrieve("extractive").id == "extractive"
    answer = client.chat.completions.create(model="extractive", messages=QUESTION)
    message = answer.choices[0].message
    assert "Karin Holm" in message.content
    annotation, *_ = message.annotations
    assert annotation.url_citation.title == "bridge.txt"
    assert annotation.url_citation.url.startswith(QUOTING.removesuffix("v1") + "#/documents/")
    free = client.chat.completions.create(model="extractive", messages=QUESTION, extra_body={"use_rag": False})
    assert "Karin Holm" not in free.choices[0].message.content
    raw = client.chat.completions.with_raw_response.create(model="extractive", messages=QUESTION)
    assert raw.headers["x-request-id"]
    assert raw.parse().choices[0].finish_reason == "stop"
    short = client.chat.completions.create(model="extractive", messages=QUESTION, max_tokens=5)
    assert short.choices[0].finish_reason == "length"
    assert len(client.embeddings.create(model="all-MiniLM-L6-v2", input=["a"] * 2048).data) == 2048
    print("quotes")


def refusals(client: openai.OpenAI) -> None:
    image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.org/x.png"}}]}]
    cases = [
        ("messages[0].content[0]", {"messages": image}),
        ("n", {"messages": QUESTION, "n": 2}),
        ("tool_choice", {"messages": QUESTION, "tools": [WEATHER], "tool_choice": "required"}),
        ("response_format", {"messages": QUESTION, "response_format": {"type": "json_object"}}),
    ]
    for param, fields in cases:
        try:
            client.chat.completions.create(model="extractive", **fields)
        except openai.BadRequestError as error:
            assert error.param == param, error
        else:
            raise AssertionError(f"{param} was accepted")
    print("refusals")


def streams(client: openai.OpenAI) -> None:
    options = {"include_usage": True}
    chunks = list(
        client.chat.completions.create(model="scripted", messages=QUESTION, stream=True, stream_options=options)
    )
    assert {chunk.model for chunk in chunks} == {"scripted"}
    assert chunks[-1].usage.total_tokens == 30
    with client.chat.completions.stream(model="scripted", messages=QUESTION) as stream:
        events = list(stream)
        final = stream.get_final_completion()
    assert "Karin Holm" in final.choices[0].message.content
    assert any(event.type == "content.delta" for event in events)
    print("streams")


def tools(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": "What is the weather in Paris?"}]
    called = client.chat.completions.create(model="scripted", messages=messages, tools=[WEATHER]).choices[0]
    assert called.finish_reason == "tool_calls"
    [call] = called.message.tool_calls
    assert json.loads(call.function.arguments) == {"city": "Paris"}
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    history = [*messages, called.message, result]
    answer = client.chat.completions.create(model="scripted", messages=history, tools=[WEATHER])
    assert answer.choices[0].message.content == "It is sunny in Paris."
    with client.chat.completions.stream(model="scripted", messages=messages, tools=[WEATHER]) as stream:
        stream.until_done()
        streamed = stream.get_final_completion().choices[0].message.tool_calls
    assert streamed[0].function.name == "weather"
    parsed = client.chat.completions.parse(model="scripted", messages=messages, response_format=City)
    assert parsed.choices[0].message.parsed == City(name="Paris", inhabitants=7)
    several = client.chat.completions.create(model="scripted", messages=messages, n=3)
    assert len(several.choices) == 3
    print("tools")


async def concurrently() -> None:
    async with openai.AsyncOpenAI(base_url=GENERATING, api_key="any") as client:
        asked = [client.chat.completions.create(model="scripted", messages=QUESTION) for _ in range(4)]
        assert len(await asyncio.gather(*asked)) == 4
        stream = await client.chat.completions.create(model="scripted", messages=QUESTION, stream=True)
        assert [chunk async for chunk in stream]
    print("async")


quotes(openai.OpenAI(base_url=QUOTING, api_key="any"))
refusals(openai.OpenAI(base_url=QUOTING, api_key="any"))
streams(openai.OpenAI(base_url=GENERATING, api_key="any"))
tools(openai.OpenAI(base_url=GENERATING, api_key="any"))
asyncio.run(concurrently())
