"""Filters as health shows them: those that read, in their order, and those that are there and were not listed."""

from typing import Any, Final

from django.conf import settings

from security import chain, rulebook, screening
from security.screening import Mode
from security.screening_models import Rule, RuleForm

MOST_LOOKED_AT: Final = 1000  # rules of each form, the newest ones


def state() -> dict[str, Any]:
    there = {filter.name: filter for filter in screening.FILTERS.values()}
    listed = [there[name] for name in settings.FILTERS if name in there]
    return {
        "filters": [{"name": one.name, "version": one.version, "mode": one.mode} for one in listed],
        "filters_missing": [name for name in settings.FILTERS if name not in there],
        "filters_not_listed": sorted(set(there) - set(settings.FILTERS)),
        "filters_hanging": chain.hung(),
        "rules_broken": [str(rule.id) for rule in _switched_on() if rulebook.is_broken(rule)],
    }


def _switched_on() -> list[Rule]:
    """Without the words of lists, which are long and can always be read."""
    rows = Rule.objects.exclude(mode=Mode.OFF).order_by("-id")
    lists = rows.filter(form=RuleForm.WORDS).defer("expression")
    return [*rows.exclude(form=RuleForm.WORDS)[:MOST_LOOKED_AT], *lists[:MOST_LOOKED_AT]]
