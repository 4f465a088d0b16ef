"""Taking old messages out of contexts, as staff do it: a page in between asks how many stay and says what would go."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from contexts import pruning
from contexts.knowledge import ContextRow
from contexts.models import Conversation
from contexts.pruning import Pruned, Wanted
from project import log
from project.admin_pages import ReadOnlyAdmin
from project.errors import Unprocessable

PAGE: Final = "admin/contexts/prune.html"
USUAL: Final = 20
MOST: Final = 500
MOST_CHOSEN: Final = 100  # contexts: each is read under the lock of its log while somebody waits for the page


class TooManyChosen(Unprocessable):
    code = "too_many_chosen"
    title = "Too many contexts are chosen"


def bounded(act: Callable[..., Any]) -> Callable[..., Any]:
    """An action that refuses more contexts than a request should take."""

    @wraps(act)
    def checked(page: Any, request: HttpRequest, chosen: QuerySet[ContextRow]) -> Any:
        count = chosen.count()
        if count > MOST_CHOSEN:
            raise TooManyChosen(f"{count} contexts are chosen; choose at most {MOST_CHOSEN} at once.")
        return act(page, request, chosen)

    return checked


class PruneForm(forms.Form):
    keep_last = forms.IntegerField(
        label="Newest messages that stay", min_value=0, max_value=MOST, widget=UnfoldAdminIntegerFieldWidget
    )


class PrunedContexts(ReadOnlyAdmin):
    """The action of the list of contexts, for who may renew them. Nothing is deleted by it."""

    @admin.action(description="Prune: take older messages out", permissions=["renew"])
    @bounded
    def prune(self, request: HttpRequest, chosen: QuerySet[ContextRow]) -> HttpResponse | None:
        form = PruneForm(request.POST if "keep_last" in request.POST else {"keep_last": USUAL})
        if form.is_valid() and "sure" in request.POST:
            self._prune(request, chosen, form.cleaned_data["keep_last"])
            return None
        keep = form.cleaned_data.get("keep_last", USUAL)
        would = [(row, _prune(request, row, keep, dry_run=True)) for row in _read(chosen)]
        shown = {"contexts": would, "form": form, "checkbox": ACTION_CHECKBOX_NAME, "title": "Prune contexts"}
        return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})

    def _prune(self, request: HttpRequest, chosen: QuerySet[ContextRow], keep: int) -> None:
        gone = [_prune(request, row, keep, dry_run=False).count for row in _read(chosen)]
        said = (
            f"{sum(gone)} message{'' if sum(gone) == 1 else 's'} left {sum(map(bool, gone))} of {len(gone)} contexts."
        )
        self.message_user(request, said, messages.SUCCESS)


def _prune(request: HttpRequest, conversation: Conversation, keep: int, *, dry_run: bool) -> Pruned:
    about = log.About(conversation.workspace_id, actor={"kind": "staff", "id": str(request.user.pk)})
    return pruning.prune(conversation, Wanted(keep_last=keep), about, dry_run=dry_run)


def _read(chosen: QuerySet[Any]) -> Iterable[Any]:
    return chosen.order_by("pk").select_related("workspace__context_policy")
