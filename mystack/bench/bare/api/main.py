"""One route: a JSON body is validated, a JSON object of the size of an answer comes back."""

from fastapi import FastAPI
from pydantic import BaseModel


class Question(BaseModel):
    """The body."""

    message: str


class Answer(BaseModel):
    """The answer: as much text as /chat gives."""

    response: str
    model: str
    latency_ms: float


def create_app() -> FastAPI:
    """Nothing but FastAPI."""
    app = FastAPI()

    @app.post("/chat")
    async def chat(question: Question) -> Answer:
        return Answer(response="An answer. " * 25, model="bare", latency_ms=float(len(question.message)))

    return app
