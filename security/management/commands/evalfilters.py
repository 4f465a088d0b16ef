"""How good the filters are: recall and false alarms on labelled texts, and what each text costs."""

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from security import evaluation, scorecard
from security.evaluation import BadRow, Outcome, Row
from security.evasions import EVASIONS


class Command(BaseCommand):
    help = (
        "Runs the filters, as the settings list them, over labelled texts (JSON Lines: text, label 1 or 0, source, and "
        "maybe family and spans) and prints recall and false alarms of each source and family."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--half", choices=evaluation.HALVES, help="every other row of each source")
        parser.add_argument(
            "--evade", choices=EVASIONS, metavar="NAME", help=f"hide what must be flagged: {', '.join(EVASIONS)}"
        )
        parser.add_argument(
            "--filter", default="", metavar="NAME", help="count what this filter finds, the others apart"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["filter"] and options["filter"] not in settings.FILTERS:
            raise CommandError(f"No such filter in FILTERS: {', '.join(settings.FILTERS)}.", returncode=2)
        try:
            rows = [row for path in options["paths"] for row in evaluation.rows(path)]
        except BadRow as error:
            raise CommandError(str(error), returncode=2) from error
        if options["half"]:
            rows = list(evaluation.half(rows, options["half"]))
        evasion = EVASIONS[options["evade"]] if options["evade"] else None
        outcomes = _outcomes(rows, evasion)
        card = scorecard.card(outcomes, options["filter"])
        if options["json"]:
            self.stdout.write(json.dumps(card.as_json(), indent=2))
            return
        for line in scorecard.table(card, options["filter"]):
            self.stdout.write(line)


def _outcomes(rows: list[Row], evasion: Callable[[str], str] | None) -> list[Outcome]:
    try:
        return [evaluation.judged(row, evasion if row.label else None) for row in rows]
    except DatabaseError as error:
        told = f"A filter reads the database: migrate it, or list others in FILTERS. {error}"
        raise CommandError(told, returncode=2) from error
