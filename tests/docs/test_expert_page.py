"""The expert that docs/experts.md shows whole does what the page says."""

import pytest

from contexts.models import Message
from dispatch import submissions
from dispatch.intake import receive
from tests.delegations.consulted import carry, consult, expert, the
from tests.measures import experts  # noqa: F401 - registers it

pytestmark = pytest.mark.django_db(transaction=True)


def say(person, conversation, **data):
    body = {"parts": [{"type": "data", "data": data}], "metadata": {"expert": "measures"}}
    run = receive(submissions.parse(body, None), person.identity, conversation.id).run
    carry(run)
    consult()
    return run


def test_expert_of_the_page_answers(ada, conversation):
    expert("measures")

    finished = carry(say(ada, conversation, value=26.2, unit="mile", to="km"))

    assert Message.objects.get(id=finished.reply).text == "26.2 mile is 42.1648 km."


def test_expert_of_the_page_asks_where_it_has_to(ada, conversation):
    expert("measures")

    run = say(ada, conversation, value=1, unit="mile")

    assert (the(run).state, the(run).question["prompt"]) == ("input_required", "Into which unit?")


def test_expert_of_the_page_does_not_ask_what_the_conversation_knows(ada, conversation):
    conversation.metadata = {"unit": "m"}
    conversation.save(update_fields=["metadata"])
    expert("measures")

    run = say(ada, conversation, value=1, unit="mile")
    consult()

    assert Message.objects.get(id=carry(run).reply).text == "1 mile is 1609.34 m."
