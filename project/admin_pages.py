"""What every page of the admin has in common: usable over very many rows, and read-only where rows are records."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.paginator import InfinitePaginator

from project.errors import SwitchboardError


class ConsoleAdmin(ModelAdmin):
    """Newest first by the time-ordered key, never counted as a whole. A searched id is compared exactly."""

    paginator = InfinitePaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_disable_select_all = True  # an action reaches the rows that are seen
    ordering: ClassVar[Any] = ("-pk",)
    sortable_by = ()
    search_ids: ClassVar[tuple[str, ...]] = ("pk",)
    nothing: ClassVar[str] = ""  # says a list without rows, instead of that there are none yet

    class Media:
        css = {"all": ("staff/pages.css",)}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        id = as_id(search_term)
        if id is None:
            found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
            return found
        return queryset.filter(self.naming(id)), False

    def naming(self, id: UUID) -> Q:
        """Rows that have to do with `id`."""
        return Q.create([(field, id) for field in self.search_ids], connector=Q.OR)

    def get_inlines(self, request: HttpRequest, obj: Model | None) -> Sequence[type[TabularInline]]:
        return self.inlines if obj else ()

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().changeform_view(request, *args, **kwargs)
        except SwitchboardError as refusal:
            return self._refused(request, refusal)
        return response

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().delete_view(request, *args, **kwargs)
        except SwitchboardError as refusal:
            return self._refused(request, refusal)
        return response

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        try:
            response: HttpResponse | None = super().response_action(request, queryset)
        except SwitchboardError as refusal:
            return self._refused(request, refusal)
        return response

    def _refused(self, request: HttpRequest, refusal: SwitchboardError) -> HttpResponse:
        """The domain said no and nothing was changed: show its words where staff stand."""
        self.message_user(request, refusal.detail, messages.ERROR)
        return HttpResponseRedirect(request.get_full_path())


class GovernedAdmin(ConsoleAdmin):
    """Of rows of a workspace, which they keep, or of the whole installation. `fieldsets` are those of a saved row."""

    fieldsets: ClassVar[Any] = ()

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """What a row tells of itself is there once there is one."""
        if obj:
            return self.fieldsets
        written = (
            (title, [name for name in part["fields"] if name not in self.readonly_fields])
            for title, part in self.fieldsets
        )
        return [(title, {"fields": fields}) for title, fields in written if fields]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[Any, ...]:
        return (*self.readonly_fields, "workspace") if obj else self.readonly_fields


class ReadOnly:
    """Records are looked at; what may be done to them is an action."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, ConsoleAdmin): ...


class ReadOnlyInline(ReadOnly, TabularInline):
    """Rows that belong to the page's row, a few at a time."""

    per_page = 20
    extra = 0
    hide_title = True


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text.strip())
    except ValueError:
        return None
