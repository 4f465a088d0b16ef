"""Housekeeping of experts: how they are, and secrets whose time is over."""

from datetime import timedelta

from integrations import checkups, credentials
from project.periodic import periodic


@periodic(every=timedelta(minutes=1))
def check_experts() -> str:
    return f"{checkups.take_turn()} looked at"


@periodic(every=timedelta(minutes=10))
def drop_old_secrets() -> str:
    return f"{credentials.drop_old()} removed"
