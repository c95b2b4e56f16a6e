"""The routes by which questions come tell the services which of them it was."""

from fastapi import APIRouter, Depends, Request

from api.http.paths import route_path
from api.services.answered.route import current_route


def asking(router: APIRouter) -> APIRouter:
    """The routes of a router, whose answers say by which of them they were given. None of them has a parameter."""
    outer = APIRouter(dependencies=[Depends(_name_route)])
    outer.include_router(router)
    return outer


async def _name_route(request: Request) -> None:
    current_route.set(route_path(request.scope))
