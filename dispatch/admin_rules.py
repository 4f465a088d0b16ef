"""Staff's rules: written with a sample, tried over what was said before they have any effect."""

from typing import Any, Final

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from dispatch import kinds, whatif
from dispatch.rule_form import TRIED, RuleForm
from project.admin_cells import NOTHING, badge, list_link, moment, page_link
from project.admin_pages import GovernedAdmin, as_id
from project.errors import SwitchboardError
from project.problems import Invalid
from project.readers import Reader
from security import limits, rulebook, ruling, verdicts
from security.material import Material
from security.screening import Mode
from security.screening_models import Rule

PAGE: Final = "admin/dispatch/whatif.html"
COLOURS: Final = {Mode.ENFORCE: "success", Mode.SHADOW: "info"}
SIZES: Final = (100, 1000, 10_000)


class RuleAdmin(GovernedAdmin):
    form = RuleForm
    list_display = ("name", "whose", "shown_state", "form_word", "action", "last_day", "last_week", "judged")
    list_select_related = ("workspace",)
    list_filter = ("mode", "action", "form")
    search_fields = ("name__startswith",)
    search_ids = ("pk", "workspace")
    search_help_text = "Beginning of a name, or id of a rule or workspace"
    autocomplete_fields = ("workspace",)
    readonly_fields = (
        "id",
        "in_sample",
        "shown_state",
        "last_day",
        "last_week",
        "judged",
        "version",
        "created_by",
        moment("created_at"),
        moment("updated_at"),
    )
    change_form_before_template = "admin/dispatch/whatif_button.html"
    actions = ("enforce", "shadow", "switch_off")
    fieldsets = (
        (None, {"fields": ("name", "workspace", "mode", "shown_state")}),
        ("What is looked for", {"fields": ("form", "expression", "sample", "in_sample", "reads", "kinds")}),
        ("What happens then", {"fields": ("action", "severity", "message")}),
        ("What it has found", {"fields": ("last_day", "last_week", "judged")}),
        ("Row", {"fields": ("id", "version", "created_by", *readonly_fields[-2:])}),
    )

    def get_urls(self) -> list[URLPattern]:
        own = path("try/", self.admin_site.admin_view(self.try_view), name="security_rule_try")
        return [own, *super().get_urls()]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"severity": "medium", **super().get_changeform_initial_data(request)}

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Each rule of the page with its counts, which are read together."""
        changelist = super().get_changelist_instance(request)
        changelist.result_list = list(changelist.result_list)
        counts = verdicts.counted([rule.pk for rule in changelist.result_list])
        for rule in changelist.result_list:
            rule.counts = counts.get(rule.pk, verdicts.NONE)
        return changelist

    def save_model(self, request: HttpRequest, obj: Rule, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        fields = {
            name: form.cleaned_data[name] for name in form.cleaned_data if not change or name in form.changed_data
        }
        if fields:
            ruling.change(obj, fields, kinds.known(), request.user.pk)

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        ruling.delete(obj, request.user.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        for rule in queryset:
            ruling.delete(rule, request.user.pk)

    def try_view(self, request: HttpRequest) -> HttpResponse:
        """What the form that was sent would find. Nothing is saved."""
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:security_rule_changelist"))
        saved = _saved(request)
        if not (self.has_change_permission(request, saved) if saved else self.has_add_permission(request)):
            raise PermissionDenied
        form: RuleForm = self.get_form(request, saved, change=saved is not None)(request.POST, instance=saved)
        form.full_clean()
        shown = {"title": "What if", "opts": self.opts, "sizes": SIZES, "rule": saved}
        faults = _faults(form)
        if faults:
            shown["faults"] = faults
        else:
            try:
                shown |= self._tried(request, form.drafted(saved))
            except SwitchboardError as refusal:
                shown["faults"] = [refusal.detail]
        return TemplateResponse(request, PAGE, {**self.admin_site.each_context(request), **shown})

    def _tried(self, request: HttpRequest, draft: Rule) -> dict[str, Any]:
        limits.spend("tries", request.user.pk, *settings.LIMITS["tries"])
        wanted = request.POST.get("messages", "")
        size = int(wanted) if wanted in map(str, SIZES) else whatif.USUAL
        trial = whatif.tried(Reader(str(request.user.pk), staff=True), draft, size)
        return {"trial": trial, "draft": draft, "sample": _marked(draft), "share": f"{trial.share * 100:.3g}"}

    @admin.display(description="of")
    def whose(self, rule: Rule) -> str:
        return page_link("security_workspace", rule.workspace_id, rule.workspace) if rule.workspace else "everybody"

    @admin.display(description="state")
    def shown_state(self, rule: Rule) -> str:
        if rulebook.is_broken(rule):
            return badge("broken", "danger")
        return badge(rule.mode, COLOURS.get(Mode(rule.mode)))

    @admin.display(description="form")
    def form_word(self, rule: Rule) -> str:
        return rule.form

    @admin.display(description="found in the sample")
    def in_sample(self, rule: Rule) -> str:
        return _marked(rule)

    @admin.display(description="24 h")
    def last_day(self, rule: Rule) -> str:
        counts = _counts(rule)
        return _hits(rule, counts.enforced_day, counts.shadow_day)

    @admin.display(description="7 days")
    def last_week(self, rule: Rule) -> str:
        counts = _counts(rule)
        return _hits(rule, counts.enforced_week, counts.shadow_week)

    @admin.display(description="called wrong")
    def judged(self, rule: Rule) -> str:
        counts = _counts(rule)
        return f"{counts.wrong} of {counts.wrong + counts.right}" if counts.wrong + counts.right else NOTHING

    @admin.action(description="Enforce selected rules", permissions=["change"])
    def enforce(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        self._switch(request, queryset, Mode.ENFORCE)

    @admin.action(description="Let selected rules watch only (shadow)", permissions=["change"])
    def shadow(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        self._switch(request, queryset, Mode.SHADOW)

    @admin.action(description="Switch selected rules off", permissions=["change"])
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        self._switch(request, queryset, Mode.OFF)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Rule], mode: Mode) -> None:
        """Each by itself: a broken one is not switched on, and is named."""
        done = 0
        for rule in queryset:
            try:
                ruling.change(rule, {"mode": mode.value}, kinds.known(), request.user.pk)
                done += 1
            except Invalid as refusal:
                reasons = " ".join(error["detail"] for error in refusal.errors)
                self.message_user(request, f"{rule.name}: {reasons}", messages.WARNING)
        if done:
            said = f"{done} rule{'' if done == 1 else 's'} set to {mode}; it holds for the next text."
            self.message_user(request, said, messages.SUCCESS)


def _saved(request: HttpRequest) -> Rule | None:
    id = as_id(request.GET.get("rule", ""))
    return Rule.objects.filter(pk=id).first() if id else None


def _faults(form: RuleForm) -> list[str]:
    found = ((form[name].label, form.errors[name]) for name in TRIED if name in form.errors)
    return [f"{label}: {' '.join(map(str, errors))}" for label, errors in found]


def _counts(rule: Rule) -> verdicts.Counts:
    found: verdicts.Counts | None = getattr(rule, "counts", None)
    return found or verdicts.counted([rule.pk]).get(rule.pk, verdicts.NONE)


def _hits(rule: Rule, enforced: int, shadow: int) -> str:
    if not enforced + shadow:
        return NOTHING
    told = [f"{enforced} enforced" if enforced else "", f"{shadow} shadow" if shadow else ""]
    return list_link("security_keptfinding", rule.pk, ", ".join(filter(None, told)))


def _marked(rule: Rule) -> SafeString:
    """The sample, with what the rule finds in it."""
    text, place, pieces = rule.sample, 0, list[tuple[str, str]]()
    for start, end in sorted(rulebook.entry_of(rule).spans(Material(text))):
        if start >= place:
            pieces.append((text[place:start], text[start:end]))
            place = end
    if not pieces:
        return format_html('<div class="said">{} <em>(nothing is found)</em></div>', text)
    marked = format_html_join("", "{}<mark>{}</mark>", pieces)
    return format_html('<div class="said">{}{}</div>', marked, text[place:])
