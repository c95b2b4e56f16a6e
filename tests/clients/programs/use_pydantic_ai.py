"""Pydantic AI. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import sys

from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

QUOTING, GENERATING = sys.argv[1:]
QUESTION = "Who was the architect of the Svindersund bridge?"


class City(BaseModel):
    name: str
    inhabitants: int


def model(name: str, url: str) -> OpenAIChatModel:
    return OpenAIChatModel(name, provider=OpenAIProvider(base_url=url, api_key="any"))


agent = Agent(model("extractive", QUOTING))
first = agent.run_sync(QUESTION)
assert "Karin Holm" in first.output
assert agent.run_sync("And when was it opened?", message_history=first.all_messages()).output
print("quotes")

weather = Agent(model("scripted", GENERATING))


@weather.tool_plain
def weather_in(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


assert weather.run_sync("What is the weather in Paris?").output == "It is sunny in Paris."
print("tools")

assert Agent(model("scripted", GENERATING), output_type=City).run_sync("Describe Paris.").output == City(
    name="Paris", inhabitants=7
)
print("output-type")
