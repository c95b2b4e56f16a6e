"""LiteLLM. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import sys

import litellm

QUOTING, GENERATING = sys.argv[1:]
QUESTION = [{"role": "user", "content": "Who was the architect of the Svindersund bridge?"}]
WEATHER = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
quoting = {"model": "openai/extractive", "api_base": QUOTING, "api_key": "any"}
model = {"model": "openai/scripted", "api_base": GENERATING, "api_key": "any"}

message = litellm.completion(messages=QUESTION, **quoting).choices[0].message
assert "Karin Holm" in message.content
assert message.annotations[0]["url_citation"]["title"] == "bridge.txt"
streamed = litellm.completion(messages=QUESTION, stream=True, **quoting)
assert "Karin Holm" in "".join(chunk.choices[0].delta.content or "" for chunk in streamed)
print("quotes")

called = litellm.completion(messages=QUESTION, tools=[WEATHER], **model).choices[0]
assert called.finish_reason == "tool_calls"
assert called.message.tool_calls[0].function.name == "weather"
print("tools")

embedded = litellm.embedding(model="openai/all-MiniLM-L6-v2", input=["a", "b"], api_base=QUOTING, api_key="any")
assert len(embedded.data) == 2
print("embeddings")
