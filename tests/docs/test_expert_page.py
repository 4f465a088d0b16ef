"""What docs/experts.md shows and lists is what the code does."""

import re

import pytest

from contexts.models import Message
from dispatch import submissions
from dispatch.intake import receive
from integrations.code_review.trees import go, javascript
from tests.delegations.consulted import carry, consult, expert, the
from tests.docs.pages import ROOT, blocks
from tests.measures import experts  # noqa: F401 - registers it

pytestmark = pytest.mark.django_db(transaction=True)


def say(person, conversation, **data):
    body = {"parts": [{"type": "data", "data": data}], "metadata": {"expert": "measures"}}
    run = receive(submissions.parse(body, None), person.identity, conversation.id).run
    carry(run)
    consult()
    return run


def test_expert_of_the_page_is_the_tested_one():
    assert (ROOT / "tests/measures/experts.py").read_text() in blocks("docs/experts.md", "python")


def test_rules_of_the_page_are_those_of_the_code():
    rows = re.findall(r"^\| `((?:js|go)/[a-z-]+)` \| (\w+) \|", (ROOT / "docs/experts.md").read_text(), re.MULTILINE)

    rules = [*javascript.RULES.values(), *go.RULES.values()]
    assert sorted(rows) == sorted((rule.name, rule.severity) for rule in rules)


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
