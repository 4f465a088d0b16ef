"""An expert that nobody listens to any more lets go of what it holds."""

import asyncio
import threading

import pytest
from asgiref.sync import async_to_sync

from dispatch import consulting
from dispatch.delegation_models import DelegationState
from tests.delegations.consulted import HERE, carry, expert, post, the
from tests.experts_app.experts import Holder

pytestmark = pytest.mark.django_db(transaction=True)


def test_expert_in_a_thread_is_closed_with_its_next_update_once_its_time_is_over(ada, conversation):
    expert("holder", timeout=1, retries=0)
    run = post(ada, conversation, expert="holder")
    carry(run)

    async_to_sync(held_to_the_end)(the(run).id)

    assert the(run).state == DelegationState.FAILED
    assert not Holder.HELD


async def held_to_the_end(id):
    """With the loop that hears it still turning, as a server's does."""
    await consulting.process(id, HERE)
    await asyncio.to_thread(join, "handler-holder")


def join(name: str) -> None:
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(5)
