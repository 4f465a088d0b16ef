"""The expert `code_review`, as every installation has it."""

import pytest

from contexts.models import Message, MessageRole
from dispatch.models import RunState
from integrations import python_experts
from integrations.models import Expert
from tests.delegations.consulted import carry, consult, post, the

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_is_there_from_the_first_migration_on_and_as_its_code_says():
    row = Expert.objects.get(slug="code_review", workspace=None)

    assert (row.adapter, row.enabled) == ("python", True)
    assert row.definition == python_experts.REGISTRY["code_review"].definition
    assert row.pinned == row.definition.digest


def test_message_that_names_it_is_answered_by_what_it_finds(ada, conversation):
    run = post(ada, conversation, "Look:\n\n```python\nx = 1\neval(input())\n```\n", expert="code_review")

    carry(run)
    consult()
    finished = carry(run)

    assert finished.state == RunState.COMPLETED
    reply = Message.objects.get(id=finished.reply)
    assert reply.role == MessageRole.EXPERT
    assert "**block 1** (python, 2 lines, from line 4 of the text)" in reply.text
    assert "- 2: `B307` warning: " in reply.text
    output = reply.parts[0]["data"]["output"]
    assert [(one["file"], one["line"], one["rule"]) for one in output["findings"]] == [("block 1", 2, "B307")]
    assert the(run).skill == "review"


def test_message_without_code_is_answered_by_what_would_work(ada, conversation):
    run = post(ada, conversation, "What do you think of this?", expert="code_review")

    carry(run)
    consult()
    finished = carry(run)

    assert finished.state == RunState.COMPLETED
    assert Message.objects.get(id=finished.reply).text.startswith("There is no code in this")
