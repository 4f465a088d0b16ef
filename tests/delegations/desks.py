"""Staff at the desk in the admin, and experts that are people."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from dispatch.delegation_models import Delegation
from integrations.models import Expert
from security.models import User
from tests.delegations.consulted import carry, consult, post, the
from tests.people import make_user

COUNT = {"type": "object", "properties": {"words": {"type": "integer"}}, "required": ["words"]}


def counsel(**fields: Any) -> Expert:
    usual = {"slug": "counsel", "name": "Counsel", "adapter": "human", "skills": [{"name": "advise"}], "timeout": 3600}
    return Expert.objects.create(**{**usual, **fields})


def asked(ada: Any, conversation: Any, text: str = "May I sign this?", **metadata: Any) -> Any:
    """What lies at the desk once ada has asked; its run is parked."""
    run = post(ada, conversation, text, expert="counsel", **metadata)
    carry(run)
    consult()
    return the(run)


class Clerk:
    """A member of staff who may answer, at the desk."""

    def __init__(self, name: str) -> None:
        self.user: User = make_user(name, is_staff=True)
        self.user.user_permissions.set(
            Permission.objects.filter(codename__in=["view_humandelegation", "change_humandelegation"])
        )
        self.client = Client()
        self.client.force_login(self.user)

    def list(self, **query: str) -> list[Any]:
        shown = self.client.get(reverse("admin:dispatch_humandelegation_changelist"), query)
        return [row.pk for row in shown.context["cl"].result_list]

    def look(self, delegation: Delegation) -> str:
        """The page, as it is sent."""
        return str(self.client.get(_page(delegation)).content.decode())

    def do(self, delegation: Delegation, act: str, **typed: Any) -> str:
        """Press a button. Returns the page that comes of it."""
        body = {"act": act, **typed}
        return str(self.client.post(_page(delegation), body, follow=True).content.decode())

    def take(self, delegation: Delegation) -> str:
        return self.do(delegation, "take")


def _page(delegation: Delegation) -> str:
    return reverse("admin:dispatch_humandelegation_change", args=[delegation.id])
