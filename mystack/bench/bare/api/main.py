"""One route that validates a JSON body and returns a JSON object of an answer's size."""

from fastapi import FastAPI
from pydantic import BaseModel


class Question(BaseModel):
    """The request body."""

    message: str


class Answer(BaseModel):
    """The response, with as much text as an answer of /chat."""

    response: str
    model: str
    latency_ms: float


def create_app() -> FastAPI:
    """FastAPI without middleware."""
    app = FastAPI()

    @app.post("/chat")
    async def chat(question: Question) -> Answer:
        return Answer(response="An answer. " * 25, model="bare", latency_ms=float(len(question.message)))

    return app
