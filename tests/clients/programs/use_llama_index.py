"""LlamaIndex' OpenAILike and OpenAIEmbedding. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import sys

from llama_index.core.llms import ChatMessage
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai_like import OpenAILike

QUOTING, GENERATING = sys.argv[1:]
QUESTION = [ChatMessage(role="user", content="Who was the architect of the Svindersund bridge?")]


def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


quoting = OpenAILike(model="extractive", api_base=QUOTING, api_key="any", is_chat_model=True)
assert "Karin Holm" in quoting.chat(QUESTION).message.content
assert "Karin Holm" in list(quoting.stream_chat(QUESTION))[-1].message.content
assert "Karin Holm" in quoting.complete(QUESTION[0].content).text
print("quotes")

model = OpenAILike(
    model="scripted", api_base=GENERATING, api_key="any", is_chat_model=True, is_function_calling_model=True
)
response = model.chat_with_tools([FunctionTool.from_defaults(weather)], user_msg="What is the weather in Paris?")
[call] = model.get_tool_calls_from_response(response)
assert (call.tool_name, call.tool_kwargs) == ("weather", {"city": "Paris"})
print("tools")

embedding = OpenAIEmbedding(model_name="all-MiniLM-L6-v2", api_base=QUOTING, api_key="any", embed_batch_size=2048)
assert len(embedding.get_text_embedding_batch([f"document {n}" for n in range(300)])) == 300
assert len(embedding.get_query_embedding("a question")) == 384
print("embeddings")
