"""Instructor, by tools and by JSON. Arguments: the base URLs of a quoting and of a generating layer."""

# mypy: ignore-errors
import sys

import instructor
import openai
from pydantic import BaseModel

_, GENERATING = sys.argv[1:]


class City(BaseModel):
    name: str
    inhabitants: int


for mode in (instructor.Mode.TOOLS, instructor.Mode.JSON, instructor.Mode.JSON_SCHEMA):
    client = instructor.from_openai(openai.OpenAI(base_url=GENERATING, api_key="any"), mode=mode)
    messages = [{"role": "user", "content": "Describe Paris."}]
    city = client.chat.completions.create(model="scripted", messages=messages, response_model=City)
    assert city.model_dump() == {"name": "Paris", "inhabitants": 7}, mode
    print(mode.name.lower())
