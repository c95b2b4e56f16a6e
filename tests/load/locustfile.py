"""Users for Locust, who think between questions: `make locust`. It runs in Locust's environment, without our packages.

The service should hold documents. API_KEY is sent, if it is set.
"""

import os
import random

from locust import HttpUser, between

SUBJECTS = ("retrieval", "citations", "tenants", "backups", "the embedder", "queues", "limits", "migrations")
QUESTIONS = (
    "What is said of {}?",
    "Why are {} needed?",
    "How are {} tested?",
    "What happens to {} when a store fails?",
)
KEY = os.environ.get("API_KEY")
HEADERS = {"Authorization": f"Bearer {KEY}"} if KEY else {}


def question() -> str:
    """A question; some are asked again and again, as people do."""
    text = random.choice(QUESTIONS).format(random.choice(SUBJECTS))
    return text if random.random() < 0.7 else f"{text} ({random.randrange(1_000_000)})"


def search(user: "Reader") -> None:
    user.client.post("/search", json={"query": question()}, headers=HEADERS)


def ask(user: "Reader") -> None:
    user.client.post("/chat", json={"message": question()}, headers=HEADERS)


class Reader(HttpUser):
    """Searches and asks equally often, and reads for 5 to 15 seconds."""

    wait_time = between(5, 15)
    tasks = [search, ask]  # noqa: RUF012 - Locust reads it from the class
