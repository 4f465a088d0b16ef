"""Questions with an audience, and their answers, without anything that runs by itself."""

from typing import Any

from contexts.models import Conversation
from dispatch import conclusion, intake, runs, submissions
from dispatch.handlers import Reply
from dispatch.models import Route, Run
from dispatch.outcomes import Outcome
from dispatch.runs import Claim
from tests.people import Person


def claimed(person: Person, conversation: Conversation, audience: str | None = None, text: str = "Who?") -> Claim:
    """Somebody asks, and the answer has begun."""
    body: dict[str, Any] = {"text": text, "metadata": {"audience": audience} if audience else {}}
    run = intake.receive(submissions.parse(body, None), person.identity, conversation.id).run
    claim = runs.claim(run, "here")
    assert claim
    return claim


def concluded(claim: Claim, text: str = "You") -> Run:
    assert conclusion.conclude(claim.run, claim.attempt, Outcome(Reply(text)))
    return Run.objects.get(id=claim.run)


def answered(person: Person, conversation: Conversation, audience: str | None = None, text: str = "You") -> Run:
    """Somebody has asked, and was answered with `text`."""
    return concluded(claimed(person, conversation, audience), text)


def routed(conversation: Conversation, audience: str, **fields: Any) -> Route:
    """From now on every reply in the conversation's workspace has this audience."""
    fields = {"name": audience, "handlers": ["offline_responder"], **fields}
    return Route.objects.create(workspace=conversation.workspace, audience=audience, **fields)
