"""What a delegation tells of itself, in a list of the admin and on its page."""

from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest

from dispatch.delegation_models import Delegation, DelegationState
from integrations.models import Expert
from project.admin_cells import NOTHING, badge, facts, page_link, said, short, span
from project.admin_pages import ReadOnlyAdmin, as_id

LARGE: Final = ("input", "artifacts", "constraints", "choice", "question", "answer", "output", "text", "detail")
COLOURS: Final[dict[str, str]] = {
    DelegationState.SUBMITTED: "info",
    DelegationState.WORKING: "primary",
    DelegationState.INPUT_REQUIRED: "warning",
    DelegationState.AUTH_REQUIRED: "warning",
    DelegationState.COMPLETED: "success",
    DelegationState.FAILED: "danger",
    DelegationState.REJECTED: "danger",
}


class DelegationPages(ReadOnlyAdmin):
    """What is large is read for the page alone."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        id = as_id(object_id)
        return self.get_queryset(request).defer(None).filter(pk=id).first() if id else None

    @admin.display(description="delegation")
    def ending(self, row: Delegation) -> str:
        return short(row.id)

    @admin.display(description="state")
    def shown_state(self, row: Delegation) -> str:
        return badge(row.state, COLOURS.get(row.state))

    @admin.display(description="expert")
    def expert_link(self, row: Delegation) -> str:
        """Its present row, under the name that it had."""
        if row.expert_id is None or not admin.site.is_registered(Expert):
            return row.name
        return page_link("integrations_expert", row.expert_id, row.name)

    @admin.display(description="asked by")
    def owner_link(self, row: Delegation) -> str:
        return page_link("security_user", row.owner_id, row.owner.username) if row.owner else NOTHING

    @admin.display(description="taken by")
    def taken_link(self, row: Delegation) -> str:
        return page_link("security_user", row.taken_by_id, row.taken_by.username) if row.taken_by else NOTHING

    @admin.display(description="conversation")
    def conversation_link(self, row: Delegation) -> str:
        return page_link("contexts_conversation", row.conversation_id, row.conversation.title or "(untitled)")

    @admin.display(description="progress")
    def shown_progress(self, row: Delegation) -> str:
        return NOTHING if row.progress is None else f"{row.progress:.0%}"

    @admin.display(description="took")
    def took(self, row: Delegation) -> str:
        return span(row.finished_at - row.created_at if row.finished_at else None)

    @admin.display(description="input")
    def shown_input(self, row: Delegation) -> str:
        return facts(row.input)

    @admin.display(description="artifacts")
    def shown_artifacts(self, row: Delegation) -> str:
        return facts(row.artifacts)

    @admin.display(description="constraints")
    def shown_constraints(self, row: Delegation) -> str:
        return facts(row.constraints)

    @admin.display(description="question")
    def shown_question(self, row: Delegation) -> str:
        return said(row.question.get("prompt", "")) if row.question else NOTHING

    @admin.display(description="answered")
    def shown_answer(self, row: Delegation) -> str:
        return facts(row.answer)
