"""Run as a module: makes so many editors of ada's workspace and signs them in. Writes their access tokens, in JSON."""

import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()

    from security import sessions, tokens, workspaces
    from security.models import Role, User, Workspace
    from security.sessions import Device
    from tests.people import make_user

    ada, lab = User.objects.get(username="ada"), Workspace.objects.get(name="Lab")
    people = [make_user(f"one-of-many-{number}") for number in range(int(sys.argv[1]))]
    for person in people:
        workspaces.add_member(ada, lab, person.username, Role.EDITOR)
    json.dump([tokens.issue_access(sessions.begin(person, Device("test"))) for person in people], sys.stdout)
