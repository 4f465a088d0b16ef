"""Runs, as staff read them: what was decided, who answered, what went wrong and how long it took."""

from typing import Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from dispatch.admin_control import ControlledRuns, TroubleFilter
from dispatch.admin_decision import DecisionPanel
from dispatch.admin_delegations import DelegationAdmin
from dispatch.admin_desk import DeskAdmin
from dispatch.admin_experts import ExpertAdmin
from dispatch.admin_findings import ExportedFindings
from dispatch.admin_handlers import HandlerSwitchAdmin
from dispatch.admin_review import ReviewAdmin
from dispatch.admin_routes import RouteAdmin
from dispatch.admin_rules import RuleAdmin
from dispatch.delegation_models import Delegation, HumanDelegation
from dispatch.models import HandlerSwitch, Review, Route, Run, RunState
from integrations.models import Expert
from project.admin_cells import NOTHING, badge, list_link, moment, page_link, seen_by, short, span
from security.screening_models import KeptFinding, Rule

COLOURS: Final[dict[str, str]] = {
    RunState.QUEUED: "info",
    RunState.RUNNING: "primary",
    RunState.INPUT_REQUIRED: "warning",
    RunState.WAITING: "warning",
    RunState.COMPLETED: "success",
    RunState.FAILED: "danger",
    RunState.DEAD: "danger",
}

admin.site.register(Delegation, DelegationAdmin)
admin.site.register(HandlerSwitch, HandlerSwitchAdmin)
admin.site.register(HumanDelegation, DeskAdmin)
admin.site.register(Route, RouteAdmin)
admin.site.register(Expert, ExpertAdmin)
admin.site.register(Review, ReviewAdmin)
admin.site.register(Rule, RuleAdmin)
admin.site.register(KeptFinding, ExportedFindings)


@admin.register(Run)
class RunAdmin(DecisionPanel, ControlledRuns):
    list_display = (
        "ending",
        "shown_state",
        "kind",
        "conversation_link",
        "attempt",
        "handler",
        moment("queued_at"),
        moment("started_at"),
        moment("finished_at"),
        "took",
    )
    list_select_related = ("conversation", "message")
    list_filter = (TroubleFilter, "state")
    search_fields = ("holder__exact",)
    search_ids = ("pk", "message", "conversation", "reply", "request_id")
    search_help_text = "Id of a run, message, conversation or request"
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "id",
                    "shown_state",
                    "kind",
                    "conversation_link",
                    "message_link",
                    "reply_link",
                    "events",
                    "delegations",
                )
            },
        ),
        ("Decision", {"fields": (*DecisionPanel.decision_fields, "seen_by")}),
        ("Queue", {"fields": ("attempt", "position", "priority", "holder", "request_id", "session_link")}),
        (
            "Time",
            {
                "fields": (
                    *map(moment, ("queued_at", "due_at", "started_at", "lease_until", "finished_at")),
                    "took",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        rows: QuerySet[Run] = super().get_queryset(request)
        return rows.defer("partial", "message__text", "message__parts", "message__metadata")

    @admin.display(description="run")
    def ending(self, run: Run) -> str:
        return short(run.id)

    @admin.display(description="state")
    def shown_state(self, run: Run) -> str:
        return badge("stopping" if run.stopping else run.state, COLOURS.get(run.state))

    @admin.display(description="kind")
    def kind(self, run: Run) -> str:
        return run.message.kind

    @admin.display(description="conversation")
    def conversation_link(self, run: Run) -> str:
        return page_link("contexts_conversation", run.conversation_id, run.conversation.title or "(untitled)")

    @admin.display(description="message")
    def message_link(self, run: Run) -> str:
        return page_link("contexts_message", run.message_id, short(run.message_id))

    @admin.display(description="reply")
    def reply_link(self, run: Run) -> str:
        return list_link("contexts_message", run.reply, short(run.reply))

    @admin.display(description="events")
    def events(self, run: Run) -> str:
        return list_link("project_event", run.id, "events of this run")

    @admin.display(description="delegations")
    def delegations(self, run: Run) -> str:
        return list_link("dispatch_delegation", run.id, "what it handed to experts")

    @admin.display(description="session")
    def session_link(self, run: Run) -> str:
        return list_link("security_session", run.session, short(run.session)) if run.session else NOTHING

    @admin.display(description="handler")
    def handler(self, run: Run) -> str:
        """Who answered, or else who is to be asked."""
        asked = run.decision.get("path", [])
        return str(run.handlers[-1].get("name", NOTHING)) if run.handlers else ", ".join(asked) or NOTHING

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        return span(run.finished_at - run.started_at if run.finished_at and run.started_at else None)

    @admin.display(description="reply seen by")
    def seen_by(self, run: Run) -> str:
        return seen_by(run.visible_to)
