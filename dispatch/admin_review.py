"""Held messages, as staff decide about them: those that wait come first, with what was found in them."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from contexts.models import Message
from dispatch import review
from dispatch.models import Review, ReviewState
from project.admin_cells import NOTHING, badge, facts, list_link, moment, page_link, said
from project.admin_pages import ReadOnlyAdmin
from project.errors import SwitchboardError
from security.models import User
from security.screening_models import KeptFinding

PAGE: Final = "admin/dispatch/review.html"
LEAD: Final = 120  # characters of a text that the list shows
MOST: Final = 99
COLOURS: Final[dict[str, str]] = {
    ReviewState.HELD: "warning",
    ReviewState.RELEASED: "success",
    ReviewState.REJECTED: "danger",
    ReviewState.EXPIRED: "danger",
}


def waiting(request: HttpRequest) -> str:
    """How many wait, for the sidebar; never a count of very many rows."""
    found = len(Review.objects.filter(state=ReviewState.HELD).order_by("pk").values_list("pk")[: MOST + 1])
    return f"{MOST}+" if found > MOST else str(found or "")


class StateFilter(admin.SimpleListFilter):
    """Without a choice those that wait are shown; a search looks through all."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Review]") -> list[tuple[str, str]]:
        return [("held", "waiting"), ("released", "released"), ("rejected", "rejected"), ("expired", "expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Review]) -> QuerySet[Review]:
        state = self.value() or ("all" if request.GET.get("q") else ReviewState.HELD)
        return queryset if state == "all" else queryset.filter(state=state)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, title in (*self.lookup_choices, ("all", "all")):
            chosen = (self.value() or "held") == value
            query = changelist.get_query_string({self.parameter_name: value})
            yield {"selected": chosen, "query_string": query, "display": title}


class ReviewAdmin(ReadOnlyAdmin):
    list_display = (
        "lead",
        "evidence_lead",
        "author",
        "conversation_link",
        "shown_state",
        moment("created_at"),
        moment("expires_at"),
    )
    list_select_related = False  # a join would be planned for all rows, not for the page
    list_filter = (StateFilter,)
    search_fields = ("message__author__username__exact",)
    search_ids = ("pk", "message", "conversation", "workspace")
    search_help_text = "Username, or id of a review, message, conversation or workspace"
    actions = ("release_messages", "reject_messages")
    nothing = "No message waits for a review."
    fieldsets = (
        (None, {"fields": ("shown_state", "author", "conversation_link", "message_link", "decide")}),
        ("Said", {"fields": ("shown_text", "shown_parts", "shown_metadata")}),
        ("Found", {"fields": ("shown_evidence",)}),
        ("Time", {"fields": (*map(moment, ("created_at", "expires_at", "decided_at")), "decided_by")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        """A page of long texts would be megabytes: the database cuts them."""
        found = KeptFinding.objects.filter(message=OuterRef("message_id")).order_by("start", "id").values("evidence")
        texts = Message.objects.select_related("author").annotate(start=Left("text", LEAD + 1))
        texts = texts.defer("text", "parts", "metadata", "original")
        rows: QuerySet[Review] = super().get_queryset(request)
        return rows.annotate(seen=Subquery(found[:1])).prefetch_related(Prefetch("message", texts), "conversation")

    def get_ordering(self, request: HttpRequest) -> Any:
        """Of those that wait the one with the least time left comes first, which is the oldest."""
        default = "all" if request.GET.get("q") else "held"
        return ("pk",) if request.GET.get("state", default) == "held" else self.ordering

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatch.change_review")

    @admin.action(description="Release selected messages", permissions=["decide"])
    def release_messages(self, request: HttpRequest, chosen: QuerySet[Review]) -> HttpResponse | None:
        return self._each(request, chosen, "release", review.release)

    @admin.action(description="Reject selected messages", permissions=["decide"])
    def reject_messages(self, request: HttpRequest, chosen: QuerySet[Review]) -> HttpResponse | None:
        return self._each(request, chosen, "reject", review.reject)

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Review], verb: str, work: Callable[[Review, User], None]
    ) -> HttpResponse | None:
        """A page in between asks once more, for neither can be taken back. One that fails does not hold up others."""
        if "sure" not in request.POST:
            shown = {"verb": verb, "reviews": chosen, "checkbox": ACTION_CHECKBOX_NAME, "title": f"{verb} messages"}
            return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})
        done = 0
        for id in chosen.order_by("pk").values_list("pk", flat=True):
            try:
                work(review.find(request.user, id, "change"), request.user)  # type: ignore[arg-type]  # signed in
                done += 1
            except SwitchboardError as refusal:
                self.message_user(request, f"{id}: {refusal.detail}", messages.WARNING)
        if done:
            text = f"{done} message{' was' if done == 1 else 's were'} {verb.removesuffix('e')}ed."
            self.message_user(request, text, messages.SUCCESS)
        return None

    @admin.display(description="text")
    def lead(self, row: Review) -> str:
        start: str = row.message.start  # type: ignore[attr-defined]
        return (f"{start[:LEAD]}..." if len(start) > LEAD else start) or "(no text)"

    @admin.display(description="found")
    def evidence_lead(self, row: Review) -> str:
        rules = ", ".join(sorted({str(found.get("rule")) for found in row.findings}))
        seen: str = row.seen or ""  # type: ignore[attr-defined]
        return f"{rules}: {seen[:LEAD]}" if seen else rules or NOTHING

    @admin.display(description="author")
    def author(self, row: Review) -> str:
        author = row.message.author
        return page_link("security_user", author.id, author.username) if author else NOTHING

    @admin.display(description="conversation")
    def conversation_link(self, row: Review) -> str:
        return page_link("contexts_conversation", row.conversation_id, row.conversation.title or "(untitled)")

    @admin.display(description="message")
    def message_link(self, row: Review) -> str:
        return page_link("contexts_message", row.message_id, "the message and what was sent")

    @admin.display(description="state")
    def shown_state(self, row: Review) -> str:
        return badge("waiting" if row.state == ReviewState.HELD else row.state, COLOURS[row.state])

    @admin.display(description="decide")
    def decide(self, row: Review) -> str:
        if row.state != ReviewState.HELD:
            return "decided"
        return list_link("dispatch_review", row.id, "release or reject it in the list")

    @admin.display(description="text")
    def shown_text(self, row: Review) -> str:
        return said(row.message.text)

    @admin.display(description="parts")
    def shown_parts(self, row: Review) -> str:
        return facts(row.message.parts)

    @admin.display(description="metadata")
    def shown_metadata(self, row: Review) -> str:
        return facts(row.message.metadata)

    @admin.display(description="evidence")
    def shown_evidence(self, row: Review) -> str:
        found = review.with_evidence([row], staff=True)[0].evidence
        names = ("rule", "severity", "action", "mode", "path", "evidence", "filter")
        return facts([{name: getattr(one, name) for name in names} for one in found])
