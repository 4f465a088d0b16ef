"""Findings, with the download of those that were judged: texts are the messages', which security does not know."""

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.decorators import action

from dispatch import evaluation
from security.admin_findings import FindingAdmin

REST: Final = 'The file holds a part of the judged findings. <a href="{}?after={}">Download the rest</a>'


class ExportedFindings(FindingAdmin):
    actions_list = ("export",)

    @action(description="Export judged findings", permissions=["judge"], url_path="export", icon="download")
    def export(self, request: HttpRequest) -> HttpResponse:
        """A file shows no page: the way to the rest stands on the next one that is."""
        held = evaluation.part(_after(request))
        if held.next:
            rest = format_html(REST, request.path, held.next)
            self.message_user(request, rest, messages.WARNING)
        return evaluation.download(request.path, held)


def _after(request: HttpRequest) -> UUID | None:
    after = request.GET.get("after")
    try:
        return UUID(after) if after else None
    except ValueError as error:
        raise Http404() from error
