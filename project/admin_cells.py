"""Cells and panels of the admin. Rows hold what strangers wrote: everything is escaped, nothing is marked safe."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import localtime

from project.readers import STAFF

NOTHING: Final = "-"
LINK_LENGTH: Final = 40


def moment(field: str) -> Callable[[Model], str]:
    """A column that shows a time to the second."""

    @admin.display(description=field.removesuffix("_at").replace("_", " "))
    def cell(row: Model) -> str:
        value: datetime | None = getattr(row, field)
        if value is None:
            return NOTHING
        day, time = localtime(value).strftime("%Y-%m-%d %H:%M:%S").split()
        return format_html('<time><span class="whole">{}</span> <span class="whole">{}</span></time>', day, time)

    cell.__name__ = field
    return cell


def span(took: timedelta | None) -> str:
    if took is None:
        return NOTHING
    seconds = took.total_seconds()
    return f"{seconds:.2f}\u00a0s" if seconds < 60 else str(timedelta(seconds=round(seconds)))


def badge(text: str, colour: str | None) -> str:
    """`colour` is one of the theme's: info, success, warning, danger, primary; None is grey."""
    return render_to_string("unfold/helpers/label.html", {"text": text.replace("_", " "), "type": colour})


def short(id: object) -> str:
    """The end of a UUIDv7: its beginning is the time, alike in neighbours."""
    return str(id)[-8:]


def page_link(page: str, id: object, text: object) -> str:
    """A link to one row, `page` being `app_model`."""
    text = Truncator(str(text)).chars(LINK_LENGTH)
    return format_html('<a class="text-link" href="{}">{}</a>', reverse(f"admin:{page}_change", args=[id]), text)


def list_link(page: str, search: object, text: object) -> str:
    """A link to the list of `page`, searched."""
    address = f"{reverse(f'admin:{page}_changelist')}?{urlencode({'q': search})}"
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)


def side_by_side(cells: Iterable[str]) -> SafeString:
    return format_html('<span class="side-by-side">{}</span>', format_html_join(" ", "{}", ((cell,) for cell in cells)))


def seen_by(visible_to: str) -> str:
    if visible_to in ("", STAFF):
        return "staff alone" if visible_to else "everybody in the workspace"
    return format_html("{} and staff", page_link("security_user", visible_to, short(visible_to)))


def said(text: str) -> str:
    """Text as it was written, line breaks included."""
    return format_html('<div class="said">{}</div>', text) if text else NOTHING


def pretty(value: object) -> str:
    return format_html('<pre class="pretty">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))


def facts(value: object) -> str:
    """JSON as people read it: definition lists in lists."""
    if isinstance(value, dict) and value:
        rows = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", _named(value))
        return format_html('<dl class="facts">{}</dl>', rows)
    if isinstance(value, list) and value:
        if not any(isinstance(inner, dict | list) for inner in value):
            return ", ".join(map(facts, value))
        return format_html('<ol class="facts">{}</ol>', format_html_join("", "<li>{}</li>", _each(value)))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in (None, "", [], {}) else NOTHING


def _named(value: dict[str, object]) -> Iterable[tuple[str, str]]:
    return ((name.replace("_", " "), facts(inner)) for name, inner in value.items())


def _each(values: list[object]) -> Iterable[tuple[str]]:
    return ((facts(inner),) for inner in values)
