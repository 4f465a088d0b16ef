"""`manage.py document_events`: writes docs/events.md and docs/asyncapi.json from the declared events."""

import json
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand

from dispatch import asyncapi, event_page

DOCS: Final = settings.BASE_DIR / "docs"


class Command(BaseCommand):
    help = "Write docs/events.md and docs/asyncapi.json from the declared events."

    def handle(self, *args: Any, **options: Any) -> None:
        for path, text in files().items():
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote {path}")


def files() -> dict[Path, str]:
    """What belongs into each file."""
    document = json.dumps(asyncapi.document(), indent=2, ensure_ascii=False)
    return {DOCS / "events.md": event_page.page(), DOCS / "asyncapi.json": f"{document}\n"}
