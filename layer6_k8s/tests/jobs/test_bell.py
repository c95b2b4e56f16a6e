"""Without Redis nothing waits for it: the sweeper sends later what could not be sent."""

import socket
import threading
from collections.abc import Iterator
from uuid import uuid4

import pytest

from api.adapters.celery.app import CeleryBell
from api.services.jobs.jobs import BrokerUnavailable, Due


@pytest.fixture
def broken() -> Iterator[tuple[str, list[object]]]:
    """The address of a Redis that ends every connection, and the connections so far."""
    connections: list[object] = []

    def serve() -> None:
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            connections.append(peer)
            connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0", connections
        listener.shutdown(socket.SHUT_RDWR)


async def test_a_message_is_not_tried_for_long(broken: tuple[str, list[object]]) -> None:
    url, connections = broken
    bell = CeleryBell(url)
    try:
        with pytest.raises(BrokerUnavailable):
            await bell.ring([Due(uuid4(), alone=False)])
    finally:
        bell.close()
    assert 1 <= len(connections) <= 2
