"""Logs with many events in them, made by the functions that the API calls, and faster than through it."""

from tests.deployment import Deployment
from tests.live import LivePerson

CODE = """
from contexts import conversations
from contexts.models import Conversation
from security.models import User
ada = User.objects.get(username="ada")
conversation = Conversation.objects.get(id="{id}")
for number in range({count}):
    conversations.change(ada, conversation, {{"title": str(number)}})
"""
TOLD = """
from django.db import transaction
from project import log
with transaction.atomic():
    log.open_staff()
    log.append("staff", "cache.{change}", {{"state": "{state}", "generation": 1}})
"""


def rename_often(deployment: Deployment, person: LivePerson, count: int) -> str:
    """So many events in the log of ada's workspace. The key of that log."""
    code = CODE.format(id=person.conversation(), count=count)
    said = deployment.manage("shell", "-c", code)
    assert "Error" not in said, said
    return f"workspace:{workspace_of(person)}"


def tell_staff(deployment: Deployment, *changes: str) -> None:
    """As the cache does where there is a Redis."""
    states = {"degraded": "degraded", "recovered": "redis"}
    code = "".join(TOLD.format(change=change, state=states[change]) for change in changes)
    assert "Error" not in deployment.manage("shell", "-c", code)


def workspace_of(person: LivePerson) -> str:
    return str(person.http.get("/api/v1/workspaces/").json()["results"][0]["id"])
