"""What staff do to experts in their list."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from dispatch import skill_cells
from integrations import checkups, definitions, roster
from integrations.models import Expert
from project.admin_pages import GovernedAdmin
from project.errors import SwitchboardError

PAGE: Final = "admin/dispatch/rotated.html"
ACCEPT_PAGE: Final = "admin/dispatch/accepted.html"
MOST_CHECKED: Final = 10  # at once, while somebody waits; the others are asked within a minute


class ActedOnExperts(GovernedAdmin):
    actions = ("enable", "disable", "check_now", "accept", "rotate_secret")

    @admin.action(description="Enable selected experts", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Expert]) -> None:
        self._switch(request, queryset, True)

    @admin.action(description="Disable selected experts", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Expert]) -> None:
        self._switch(request, queryset, False)

    @admin.action(description="Ask selected experts how they are", permissions=["change"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[Expert]) -> None:
        chosen = list(queryset.exclude(adapter="planned"))
        checkups.look_at(chosen[:MOST_CHECKED])
        Expert.objects.filter(id__in=[one.pk for one in chosen[MOST_CHECKED:]]).update(health_at=None)
        now = Expert.objects.filter(id__in=[one.pk for one in chosen[:MOST_CHECKED]])
        said = ", ".join(f"{slug}: {health}" for slug, health in now.order_by("slug").values_list("slug", "health"))
        later = len(chosen) - MOST_CHECKED
        more = f" {later} more are asked within a minute." if later > 0 else ""
        self.message_user(request, f"{said or 'Planned ones are not asked'}.{more}", messages.SUCCESS)

    @admin.action(description="Accept what selected experts say of themselves now", permissions=["change"])
    def accept(self, request: HttpRequest, queryset: QuerySet[Expert]) -> HttpResponse | None:
        """First a page that shows it. What that page was of is posted with the decision, and nothing else accepted."""
        seen = dict(told.split(":", 1) for told in request.POST.getlist("seen") if ":" in told)
        if not seen and (described := list(queryset.exclude(described=None))):
            rows = [(one, skill_cells.described(one)) for one in described]
            shown = {**self.admin_site.each_context(request), "title": "Accept?", "opts": self.opts, "rows": rows}
            return TemplateResponse(request, ACCEPT_PAGE, shown)
        accepted = self._each(
            request, queryset, lambda one: definitions.accept(one, seen.get(str(one.pk), ""), request.user.pk)
        )
        if accepted:
            said = f"Accepted: {', '.join(one.slug for one, _ in accepted)}. Their skills are those that they told."
            self.message_user(request, said, messages.SUCCESS)
        return None

    @admin.action(description="Draw new secrets for selected experts", permissions=["change"])
    def rotate_secret(self, request: HttpRequest, queryset: QuerySet[Expert]) -> HttpResponse | None:
        """On a page that nobody keeps: a message would travel in a cookie."""
        drawn = self._each(request, queryset, lambda one: roster.rotate(one, request.user.pk))
        if not drawn:
            return None
        shown = {**self.admin_site.each_context(request), "title": "New secrets", "opts": self.opts, "drawn": drawn}
        return TemplateResponse(request, PAGE, shown, headers={"Cache-Control": "no-store"})

    def _each(
        self, request: HttpRequest, chosen: QuerySet[Expert], work: Callable[[Expert], Any]
    ) -> list[tuple[Expert, Any]]:
        """Each by itself: one that cannot be does not hold up the others, and is named with the reason."""
        done = []
        for expert in chosen:
            try:
                done.append((expert, work(expert)))
            except SwitchboardError as refusal:
                self.message_user(request, f"{expert.slug}: {refusal.detail}", messages.WARNING)
        return done

    def _switch(self, request: HttpRequest, queryset: QuerySet[Expert], enabled: bool) -> None:
        count = roster.switch(queryset, enabled, request.user.pk)
        said = f"{'Enabled' if enabled else 'Disabled'} {count} expert(s); it holds for the next task."
        self.message_user(request, said, messages.SUCCESS)
