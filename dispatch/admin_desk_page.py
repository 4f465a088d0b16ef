"""One task at the desk: what people have to know, and where they answer it."""

from typing import Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.timesince import timesince, timeuntil

from contexts import store
from contexts.admin_known import KnownPanel
from contexts.messages import unsaid
from contexts.models import Message, MessageStatus
from dispatch import delegation_states, desk
from dispatch.admin_delegation_pages import DelegationPages
from dispatch.delegation_models import DelegationState, HumanDelegation
from dispatch.desk_form import ACTS, DeskForm
from project.admin_cells import NOTHING, badge, facts, moment, page_link, said
from project.admin_pages import as_id
from project.errors import SwitchboardError
from project.readers import EVERYBODY, STAFF, Reader
from security.models import User

PAGE: Final = "admin/dispatch/desk.html"
SAID: Final = {
    "answer": "Your answer was sent.",
    "ask": "Your question was sent. The task comes back here with the answer.",
    "decline": "You declined the task, and who asked was told why.",
    "progress": "What you said was shown.",
}


class DeskPage(KnownPanel, DelegationPages):
    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("dispatch.change_humandelegation")

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id or "")
        if object_id is None or not self.has_view_permission(request, row):
            raise PermissionDenied
        if row is None:
            away: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return away
        if request.method != "POST":
            return self._page(request, row, DeskForm(row))
        if not self.has_answer_permission(request):
            raise PermissionDenied
        return self._act(request, row)

    def _act(self, request: HttpRequest, row: HumanDelegation) -> HttpResponse:
        """What was typed stays on the page, unless it was said."""
        act, form = request.POST.get("act", ""), DeskForm(row, request.POST)
        try:
            if act in ACTS:
                return self._said(request, row, act, form)
            if act == "take":
                desk.take(row.id, staff_of(request), as_id(request.POST.get("after", "")))
            elif act == "give_back":
                desk.give_back(row.id, staff_of(request))
            else:
                raise PermissionDenied
        except SwitchboardError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
        form.full_clean()
        form.errors.clear()
        return self._page(request, self._fresh(request, row), form)

    def _said(self, request: HttpRequest, row: HumanDelegation, act: str, form: DeskForm) -> HttpResponse:
        update = form.update(act)
        if update is None:
            self.message_user(request, "Nothing was sent: see below.", messages.ERROR)
            return self._page(request, row, form, act)
        try:
            desk.say(row.id, staff_of(request), update)
        except SwitchboardError as refusal:
            self.message_user(request, refusal.detail, messages.ERROR)
            return self._page(request, self._fresh(request, row), form, act)
        self.message_user(request, SAID[act], messages.SUCCESS)
        if act != "progress":
            return HttpResponseRedirect(request.path)
        return self._page(request, self._fresh(request, row), DeskForm(row, form.without("said", "percent")))

    def _fresh(self, request: HttpRequest, row: HumanDelegation) -> Any:
        return self.get_object(request, str(row.pk))

    def _page(self, request: HttpRequest, row: Any, form: DeskForm, act: str = "") -> HttpResponse:
        row.known = store.know(*_whose(row))
        mine = row.taken_by_id == request.user.pk
        open = row.state == DelegationState.WORKING and not row.step
        shown = {
            "title": f"{row.name}{f': {row.skill}' if row.skill else ''}",
            "opts": self.opts,
            "row": row,
            "form": form,
            "act": act,
            "mine": mine and open,
            "takes": open and not mine and self.has_answer_permission(request),
            "place": self.place(row),
            "task": self._task(row),
            "known": self._known(row),
        }
        return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})

    def _task(self, row: HumanDelegation) -> list[tuple[str, str]]:
        over = row.state in delegation_states.ENDS
        told = [
            ("Task", _given(row.input)),
            ("Files", facts(row.artifacts) if row.artifacts else ""),
            ("Constraints", facts(row.constraints) if row.constraints else ""),
            ("Asked by", self.owner_link(row)),
            ("Conversation", self.conversation_link(row)),
            ("Seen by", _readers(row)),
            ("Asked of the user", self.shown_question(row) if row.question else ""),
            ("The user answered", facts(row.answer.get("value")) if row.answer else ""),
            ("Said last", said(row.said) if row.said else ""),
            ("Ended", " ".join(filter(None, [row.reason.replace("_", " "), row.detail]))),
            ("Answer", said(row.text) if row.text else ""),
            ("Deadline", "" if over else format_html("{} ({})", moment("deadline")(row), self.left(row))),
            ("Delegation", page_link("dispatch_delegation", row.id, "all about it")),
        ]
        return [(name, shown) for name, shown in told if shown]

    def _known(self, row: HumanDelegation) -> list[tuple[str, str]]:
        return [
            ("Messages", self.shown_messages(row)),
            ("Summary", self.shown_summary(row)),
            ("Pinned", self.shown_pinned(row)),
            ("Entities", self.shown_entities(row)),
        ]

    @admin.display(description="state")
    def place(self, row: HumanDelegation) -> str:
        if row.state in delegation_states.ASKING:
            return badge("the user is asked", "warning")
        if row.state != DelegationState.WORKING or row.step:
            return self.shown_state(row)
        return badge(f"taken by {row.taken_by.username}", "primary") if row.taken_by else badge("waiting", "warning")

    @admin.display(description="time left")
    def left(self, row: HumanDelegation) -> str:
        if row.state in delegation_states.ENDS:
            return NOTHING
        now = timezone.now()
        late = row.deadline < now
        return f"{timesince(row.deadline, now)} late" if late else timeuntil(row.deadline, now)


def staff_of(request: HttpRequest) -> User:
    return cast(User, request.user)  # the site is behind a sign-in


def _whose(row: HumanDelegation) -> tuple[Message, Reader]:
    """What those who read the answer may know, and no more: it could tell others of it."""
    message = row.message
    if message is None or message.status != MessageStatus.RECEIVED:
        message = unsaid(row.conversation)
    if row.visible_to == "":
        return message, EVERYBODY
    return message, Reader(staff=True) if row.visible_to == STAFF else Reader(row.visible_to)


def _readers(row: HumanDelegation) -> str:
    if row.visible_to in {"", STAFF}:
        return "staff alone" if row.visible_to else "everybody in the conversation"
    return "who asked, and staff"


def _given(input: Any) -> str:
    alone = isinstance(input, dict) and input.keys() == {"text"} and isinstance(input["text"], str)
    return said(input["text"]) if alone else facts(input)
