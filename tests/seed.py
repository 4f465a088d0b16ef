"""Run as a module: puts ada, bob and eve into the database that the environment names.

Prints refresh tokens of sessions that they have begun: a password is slow to check, on purpose.
"""

import json
import os
import sys

import django

SESSIONS = 12

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
    django.setup()

    from security import sessions, tokens
    from security.sessions import Device
    from tests.people import make_people

    begun = {
        name: [tokens.issue_refresh(sessions.begin(user, Device("test"))) for _ in range(SESSIONS)]
        for name, user in make_people().items()
    }
    json.dump(begun, sys.stdout)
