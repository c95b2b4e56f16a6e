"""Celery over Redis: messages that carry the id of a job, and nothing else.

No results are kept: the table of jobs says how a job ended. Each option that follows from Redis as a broker has its
reason beside it.
"""

import asyncio
from collections.abc import Sequence

import redis
from celery import Celery
from kombu.exceptions import OperationalError

from api.services.jobs.jobs import BrokerUnavailable, Due

QUEUE, ALONE = "documents", "alone"
"""`alone`: jobs that lost a worker, which run one at a time in a process of their own."""
TASK = "mystack.run"
SECONDS = 5.0
"""Longest wait for Redis: without it, a message to a dead connection waits for ever."""


def celery_app(url: str) -> Celery:
    """The application, for those who send messages and for the worker."""
    app = Celery("mystack", broker=url, set_as_current=False)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,  # a message whose worker ends comes back
        task_reject_on_worker_lost=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=QUEUE,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_soft_shutdown_timeout=5.0,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 3600,  # a job may take that long before Redis delivers it again
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 10,
            "socket_connect_timeout": SECONDS,
            "health_check_interval": 10,
        },
    )
    return app


class CeleryBell:
    """The port `Bell`."""

    def __init__(self, url: str) -> None:
        self.app = celery_app(url)
        # Kombu would try again for six seconds, in which an upload waits; the sweeper does that later anyway.
        self.app.conf.broker_transport_options |= {"max_retries": 1, "interval_start": 0}
        self.redis = redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)

    async def ring(self, due: Sequence[Due]) -> None:
        """See `Bell`. Sending blocks, so it runs in a thread."""
        await asyncio.to_thread(self._ring, due)

    async def waiting(self) -> int:
        return await asyncio.to_thread(self._waiting)

    async def check(self) -> str:
        """One sentence for /health. Raises `BrokerUnavailable`."""
        return f"Redis answers; {await self.waiting()} messages wait."

    def close(self) -> None:
        self.app.close()
        self.redis.close()

    def _ring(self, due: Sequence[Due]) -> None:
        try:
            with self.app.connection_for_write() as connection, self.app.amqp.Producer(connection) as producer:
                for one in due:
                    queue = ALONE if one.alone else QUEUE
                    self.app.send_task(TASK, [str(one.id)], queue=queue, producer=producer, retry=False)
        except (OperationalError, redis.RedisError, OSError) as error:
            raise BrokerUnavailable from error

    def _waiting(self) -> int:
        try:
            return sum(int(self.redis.llen(queue)) for queue in (QUEUE, ALONE))
        except (redis.RedisError, OSError) as error:
            raise BrokerUnavailable from error
