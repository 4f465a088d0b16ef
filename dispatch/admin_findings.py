"""Findings, with the download of those that were judged: texts are the messages', which security does not know."""

from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from dispatch import evaluation
from security.admin_findings import FindingAdmin


class ExportedFindings(FindingAdmin):
    actions_list = ("export",)

    @action(description="Export judged findings", permissions=["judge"], url_path="export", icon="download")
    def export(self, request: HttpRequest) -> HttpResponse:
        return evaluation.download(request.path, None)
