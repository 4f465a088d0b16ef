"""What is wrong with the fields of a rule, in words that say what would be right."""

from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db.models import QuerySet, Sum
from django.db.models.functions import Length

from project import patterns
from project.faults import Fault
from security import matchers, matchview, rulebook
from security.material import Material, Stage
from security.screening import Mode
from security.screening_models import Rule, RuleForm
from security.wordlists import words

MOST: Final = 100  # of one workspace: each of its messages is held against all of them
LONGEST_LIST: Final = 50_000  # characters
MOST_LISTED: Final = 200_000  # characters of the lists of one workspace: each process folds them all
MOST_LINES: Final = 2000
LONGEST_LINE: Final = 100
MOST_WORDS: Final = 20  # of one phrase: each word of a text may begin one
LONGEST_SAMPLE: Final = 5000
MOST_KINDS: Final = 50
# Found in each of these, a rule is found in everything.
ORDINARY: Final = ("Hello", "ok, thanks!", "Can we meet at noon?", "Yes", "It rained on Monday.")


NAME_TAKEN: Final = Fault("/name", "There is a rule of that name; choose another.")


def faults(rule: Rule, fields: dict[str, Any], kinds: Collection[str]) -> list[Fault]:
    """What is wrong with new values of `rule`, which is as it was before. `kinds`: those there are.

    What is not among the fields is not checked, so that a broken rule can be switched off; to switch one on, it is.
    """
    found = list(_of_name(rule, fields))
    if "kinds" in fields:
        found += of_kinds(fields["kinds"], kinds)
    if {"form", "expression", "sample"} & set(fields) or fields.get("mode", Mode.OFF) != Mode.OFF:
        form, expression, sample = (fields.get(name, getattr(rule, name)) for name in ("form", "expression", "sample"))
        found += (
            of_expression(form, expression)
            or list(_of_lists(rule, form, expression))
            or _of_sample(form, expression, sample)
        )
    return found


def of_expression(form: str, expression: str) -> list[Fault]:
    said = _of_words(expression) if form == RuleForm.WORDS else patterns.fault(expression)
    if not said and _is_everywhere(form, expression):
        said = "This is found in everything, such as " + " and ".join(f"`{text}`" for text in ORDINARY[:2]) + "."
    return [Fault("/expression", said)] if said else []


def of_kinds(given: Any, kinds: Collection[str]) -> list[Fault]:
    if not isinstance(given, list) or len(given) > MOST_KINDS:
        return [Fault("/kinds", f'This is a list of at most {MOST_KINDS} kinds, such as ["text"]; [] is all.')]
    there = f"There are {', '.join(sorted(kinds))}."
    return [
        Fault(f"/kinds/{place}", f"There is no kind {str(kind)[:60]}. {there}")
        for place, kind in enumerate(given)
        if kind not in kinds
    ]


def _of_name(rule: Rule, fields: dict[str, Any]) -> Iterator[Fault]:
    if "name" in fields and _siblings(rule).filter(name=fields["name"]).exists():
        yield NAME_TAKEN
    if rule._state.adding and _siblings(rule).count() >= MOST:
        yield Fault("", f"There are {MOST} rules already; change or delete one.")


def _siblings(rule: Rule) -> QuerySet[Rule]:
    return Rule.objects.filter(workspace=rule.workspace_id).exclude(id=rule.id)


def _of_lists(rule: Rule, form: str, expression: str) -> Iterator[Fault]:
    others = _siblings(rule).filter(form=RuleForm.WORDS)
    there = others.aggregate(total=Sum(Length("expression")))["total"] or 0
    if form == RuleForm.WORDS and there + len(expression) > MOST_LISTED:
        yield Fault(
            "/expression", f"Other lists have {there} characters; with this one at most {MOST_LISTED} are taken."
        )


def _of_words(expression: str) -> str:
    lines = matchers.lines(expression)
    if len(expression) > LONGEST_LIST:
        return f"The list has {len(expression)} characters; at most {LONGEST_LIST} are taken."
    if not 0 < len(lines) <= MOST_LINES:
        return f"This is a list of 1 to {MOST_LINES} words or phrases, one a line; there are {len(lines)}."
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            return f"Line {number} has {len(line)} characters; at most {LONGEST_LINE} are taken."
        if not 0 < len(words(matchview.folded(line))) <= MOST_WORDS:
            return f"Line {number} has no words, or more than {MOST_WORDS}; signs are counted as words."
    return ""


def _is_everywhere(form: str, expression: str) -> bool:
    """Where nothing is said at all, too."""
    match = matchers.matcher(form, expression)
    return any(match("")) or all(any(end > start for start, end in match(text)) for text in ORDINARY)


def _of_sample(form: str, expression: str, sample: str) -> Iterator[Fault]:
    if not sample.strip():
        yield Fault("/sample", "Give a text that the rule must find.")
    elif len(sample) > LONGEST_SAMPLE:
        yield Fault("/sample", f"The sample has {len(sample)} characters; at most {LONGEST_SAMPLE} are taken.")
    elif not is_found(Rule(form=form, expression=expression), sample):
        yield Fault("/sample", "The rule does not find this text. Change the one or the other.")


def is_found(rule: Rule, text: str) -> bool:
    """As the filter would, whatever the kind and direction."""
    rule.severity = rule.severity or "low"
    return any(rulebook.entry_of(rule).spans(Material(text, stage=Stage.INTAKE)))
