"""Work beside a block: an error that ends it is told at once, and not when the service stops."""

import asyncio

import anyio
import pytest

from api.capabilities.running import running


async def test_an_error_that_ends_work_in_the_background_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise KeyError("a column")

    async with running(broken()):
        with anyio.fail_after(10):
            while not caplog.records:  # noqa: ASYNC110 - polled
                await asyncio.sleep(0.01)
    assert "background work has ended" in caplog.text
    assert "KeyError: 'a column'" in caplog.text


async def test_work_that_is_cancelled_at_the_end_of_the_block_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    async with running(asyncio.sleep(3600)):
        await asyncio.sleep(0)
    assert not caplog.records
