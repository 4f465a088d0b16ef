"""`manage.py demo`: a workspace to try Switchboard with. Only in development."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from project import env
from security import workspaces
from security.models import Membership, Role, User, Workspace

WORKSPACE = "Demo"


class Command(BaseCommand):
    help = "Make the demo workspace with ada (owner, may enter the admin) and bob (editor)."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo users are for development only.")
        given = env.text("DEMO_PASSWORD")
        password = given or secrets.token_urlsafe(9)
        fresh = [_person(name, password, bool(given)) for name in ("ada", "bob")]
        _admit(User.objects.get(username="ada"))
        _workspace()
        if given or any(fresh):
            shown = "the one in DEMO_PASSWORD" if given else password
            self.stdout.write(f"Sign in as ada or bob; the password is {shown}")
        else:
            self.stdout.write("Sign in as ada or bob; to set a new password, start with DEMO_PASSWORD=...")


def _person(name: str, password: str, renew: bool) -> bool:
    """True when the password was set now."""
    user, fresh = User.objects.get_or_create(username=name)
    if fresh or (renew and not user.check_password(password)):
        user.set_password(password)
        user.save(update_fields=["password"])
    return fresh


def _admit(user: User) -> None:
    user.is_staff = user.is_superuser = True
    user.save(update_fields=["is_staff", "is_superuser"])


def _workspace() -> None:
    ada, bob = User.objects.get(username="ada"), User.objects.get(username="bob")
    if Membership.objects.filter(user=ada, role=Role.OWNER).exists():
        return
    workspace: Workspace = workspaces.create(ada, WORKSPACE)
    workspaces.add_member(ada, workspace, bob.username, Role.EDITOR)
