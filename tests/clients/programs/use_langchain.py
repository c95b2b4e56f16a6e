"""LangChain's ChatOpenAI and OpenAIEmbeddings. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import sys

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

QUOTING, GENERATING = sys.argv[1:]
QUESTION = "Who was the architect of the Svindersund bridge?"


class City(BaseModel):
    """A city."""

    name: str
    inhabitants: int


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


quoting = ChatOpenAI(base_url=QUOTING, api_key="any", model="extractive")
assert "Karin Holm" in quoting.invoke(QUESTION).text
assert "Karin Holm" in "".join(chunk.text for chunk in quoting.stream(QUESTION))
print("quotes")

model = ChatOpenAI(base_url=GENERATING, api_key="any", model="scripted")
question = HumanMessage("What is the weather in Paris?")
called = model.bind_tools([weather]).invoke([question])
[call] = called.tool_calls
assert (call["name"], call["args"]) == ("weather", {"city": "Paris"})
result = ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"])
assert model.bind_tools([weather]).invoke([question, called, result]).text == "It is sunny in Paris."
print("tools")

for method in ("json_schema", "function_calling"):
    assert model.with_structured_output(City, method=method).invoke("Describe Paris") == City(
        name="Paris", inhabitants=7
    )
print("structured-output")

embeddings = OpenAIEmbeddings(
    base_url=QUOTING, api_key="any", model="all-MiniLM-L6-v2", check_embedding_ctx_length=False
)
assert len(embeddings.embed_documents([f"document {n}" for n in range(1000)])) == 1000
assert len(embeddings.embed_query("a question")) == 384
print("embeddings")
