"""Run as a module: makes the tables, ada and so many conversations of hers. Writes their numbers and her token."""

import json
import os
import sys

import django

if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.stock.settings"
    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from rest_framework_simplejwt.tokens import AccessToken

    from tests.bench.stock.models import Conversation

    call_command("migrate", "auth", verbosity=0)  # first: tables without migrations refer to it
    call_command("migrate", run_syncdb=True, verbosity=0)
    ada = User.objects.create_user("ada")
    conversations = [Conversation.objects.create() for _ in range(int(sys.argv[1]))]
    for conversation in conversations:
        conversation.members.add(ada)
    token = str(AccessToken.for_user(ada))
    json.dump({"token": token, "conversations": [conversation.pk for conversation in conversations]}, sys.stdout)
