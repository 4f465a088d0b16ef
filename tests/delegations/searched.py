"""Asking the expert `research` in this process."""

from datetime import timedelta

from django.utils import timezone

from dispatch.experts import Research
from integrations.contract import Result, Task
from project.ids import new_id

ASKED = "How hot is the kiln in hall 3?"


def task(person, here, text=ASKED, visible_to="", **more):
    """As it would be made for `person`. `more`: of its input."""
    return Task(
        id=new_id(),
        expert="research",
        skill="search",
        input={"text": text, **more},
        conversation=here.id,
        workspace=here.workspace_id,
        asker=person.user.id if person else None,
        deadline=timezone.now() + timedelta(minutes=1),
        attempt=1,
        visible_to=visible_to,
    )


def research(person, here, text=ASKED, visible_to="", **more):
    [update] = Research().start(task(person, here, text, visible_to, **more))
    assert isinstance(update, Result)
    return update
