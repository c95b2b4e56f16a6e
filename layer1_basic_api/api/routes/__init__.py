"""The routers of this layer, one per line."""

from fastapi import APIRouter

from api.routes import chat, health, models, openai

ROUTERS: list[APIRouter] = [
    chat.router,
    health.router,
    models.router,
    openai.router,
]
