"""What filters found, newest first, and what staff say of it."""

from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from project.admin_cells import NOTHING, badge, list_link, moment, page_link, short
from project.admin_pages import ReadOnlyAdmin
from security import screening, verdicts
from security.screening import SEVERITIES, Action, Mode
from security.screening_models import KeptFinding

COLOURS: Final = {
    Action.FLAG: "info",
    Action.REDACT: "warning",
    Action.QUARANTINE: "warning",
    Action.BLOCK: "danger",
    "low": "info",
    "medium": "warning",
    "high": "danger",
    verdicts.RIGHT: "success",
    verdicts.WRONG: "danger",
}


class _Column(admin.SimpleListFilter):
    """One value of a column out of a closed list: to look for those there are would read the whole table."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, value) for value in self.values()]

    def values(self) -> list[str]:
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[KeptFinding]) -> QuerySet[KeptFinding]:
        return queryset.filter(**{str(self.parameter_name): self.value()}) if self.value() else queryset


class FilterColumn(_Column):
    title = parameter_name = "filter"

    def values(self) -> list[str]:
        return sorted(screening.FILTERS)


class VerdictColumn(_Column):
    title = parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "none yet"), (verdicts.RIGHT, "right"), (verdicts.WRONG, "wrong")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[KeptFinding]) -> QuerySet[KeptFinding]:
        return queryset.filter(verdict="") if self.value() == "none" else super().queryset(request, queryset)


class ActionColumn(_Column):
    title = parameter_name = "action"

    def values(self) -> list[str]:
        return [action.value for action in Action if action != Action.ALLOW]


class ModeColumn(_Column):
    title = parameter_name = "mode"

    def values(self) -> list[str]:
        return [Mode.ENFORCE.value, Mode.SHADOW.value]


class SeverityColumn(_Column):
    title = parameter_name = "severity"

    def values(self) -> list[str]:
        return list(SEVERITIES)


class FindingAdmin(ReadOnlyAdmin):
    list_display = (
        "ending",
        "filter",
        "rule",
        "shown_action",
        "shown_severity",
        "evidence",
        "shown_verdict",
        "message_link",
        moment("created_at"),
    )
    list_filter = (FilterColumn, ActionColumn, ModeColumn, VerdictColumn, SeverityColumn)
    search_fields = ("rule__exact",)
    search_ids = ("pk", "message", "rule_row")
    search_help_text = "Name of what found it, or id of a message, rule or finding"
    actions = ("call_right", "call_wrong", "take_back")
    fieldsets = (
        (None, {"fields": ("id", "shown_verdict", "verdict_given")}),
        (
            "What was found",
            {"fields": ("filter", "version", "rule", "rule_link", "shown_action", "shown_severity", "score")},
        ),
        ("Where", {"fields": ("stage", "path", "place", "evidence")}),
        ("Of", {"fields": ("message_link", "conversation_link", "run_link", "author_link", moment("created_at"))}),
    )

    def has_judge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.change_keptfinding")

    @admin.action(description="Right: this is what the rule is for", permissions=["judge"])
    def call_right(self, request: HttpRequest, queryset: QuerySet[KeptFinding]) -> None:
        self._judge(request, queryset, verdicts.RIGHT)

    @admin.action(description="Wrong: a false alarm", permissions=["judge"])
    def call_wrong(self, request: HttpRequest, queryset: QuerySet[KeptFinding]) -> None:
        self._judge(request, queryset, verdicts.WRONG)

    @admin.action(description="Take the verdict back", permissions=["judge"])
    def take_back(self, request: HttpRequest, queryset: QuerySet[KeptFinding]) -> None:
        self._judge(request, queryset, "")

    def _judge(self, request: HttpRequest, queryset: QuerySet[KeptFinding], verdict: str) -> None:
        chosen = KeptFinding.objects.filter(pk__in=list(queryset.order_by().values_list("pk", flat=True)))
        count = verdicts.judge(chosen, verdict, request.user.pk)
        said = f"called {verdict}" if verdict else "without a verdict now"
        self.message_user(request, f"{count} finding{' is' if count == 1 else 's are'} {said}.", messages.SUCCESS)

    @admin.display(description="finding")
    def ending(self, finding: KeptFinding) -> str:
        return short(finding.id)

    @admin.display(description="action")
    def shown_action(self, finding: KeptFinding) -> str:
        if finding.mode == Mode.SHADOW:
            return badge(f"{finding.action}, shadow", None)
        return badge(finding.action, COLOURS.get(finding.action))

    @admin.display(description="severity")
    def shown_severity(self, finding: KeptFinding) -> str:
        return badge(finding.severity, COLOURS.get(finding.severity))

    @admin.display(description="verdict")
    def shown_verdict(self, finding: KeptFinding) -> str:
        return badge(finding.verdict, COLOURS[finding.verdict]) if finding.verdict else NOTHING

    @admin.display(description="given")
    def verdict_given(self, finding: KeptFinding) -> str:
        if finding.verdict_at is None:
            return NOTHING
        return format_html("{} by {}", moment("verdict_at")(finding), finding.verdict_by or "somebody who is gone")

    @admin.display(description="from, to")
    def place(self, finding: KeptFinding) -> str:
        return f"{finding.start}, {finding.end}"

    @admin.display(description="staff rule")
    def rule_link(self, finding: KeptFinding) -> str:
        return list_link("security_rule", finding.rule_row, short(finding.rule_row)) if finding.rule_row else NOTHING

    @admin.display(description="message")
    def message_link(self, finding: KeptFinding) -> str:
        return list_link("contexts_message", finding.message, short(finding.message)) if finding.message else "not kept"

    @admin.display(description="conversation")
    def conversation_link(self, finding: KeptFinding) -> str:
        id = finding.conversation
        return list_link("contexts_conversation", id, short(id)) if id else NOTHING

    @admin.display(description="run")
    def run_link(self, finding: KeptFinding) -> str:
        return list_link("dispatch_run", finding.run, short(finding.run)) if finding.run else NOTHING

    @admin.display(description="author")
    def author_link(self, finding: KeptFinding) -> str:
        return page_link("security_user", finding.author, short(finding.author)) if finding.author else NOTHING
