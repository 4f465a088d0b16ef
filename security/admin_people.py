"""Users, their workspaces and memberships. Every change goes through the functions that own it, so facts follow."""

from contextlib import nullcontext
from functools import partial
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as auth
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from project import bus
from project.admin_cells import list_link, moment
from project.admin_pages import ConsoleAdmin, ReadOnlyInline
from security import members, roles, sessions, workspaces
from security.admin_forgetting import ForgettingAdmin
from security.models import Membership, Session, User, Workspace
from security.password_forms import SomebodysPassword

NAMES: Final = frozenset({"username", "first_name", "last_name"})  # what members see of each other


class UserMemberships(ReadOnlyInline):
    model = Membership
    fields = ("workspace", "role", moment("created_at"))
    readonly_fields = fields
    verbose_name_plural = "memberships"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("workspace").order_by("-pk")
        return rows


class UserAdmin(ForgettingAdmin, auth.UserAdmin):  # type: ignore[misc, type-arg]  # the theme carries no types
    """People are deactivated, not deleted: what they said has an author. Superusers are changed by superusers only."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = SomebodysPassword
    inlines = (UserMemberships,)
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", moment("date_joined"), "see_sessions")
    list_filter = ("is_active", "is_staff", "is_superuser")
    ordering = ("-pk",)
    search_fields = ("username__startswith", "email__startswith")
    search_help_text = "Beginning of a username or address, or an id"
    readonly_fields: ClassVar[Any] = ("id", moment("last_login"), moment("date_joined"))
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("id", "username", "password", "email", "first_name", "last_name", "is_active")}),
        ("Staff", {"fields": ("is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Time", {"fields": readonly_fields[1:]}),
    )
    actions = ("deactivate", "forget")
    filter_horizontal = ()  # two boxes side by side do not fit the page
    add_fieldsets = auth.UserAdmin.add_fieldsets  # the theme's ModelAdmin, first in line, has none

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        out_of_reach = obj is not None and obj.is_superuser and not request.user.is_superuser
        return not out_of_reach and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[Any, ...]:
        powers = () if request.user.is_superuser else ("is_staff", "is_superuser", "groups", "user_permissions")
        return (*self.readonly_fields, *powers)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Of a user who is there already what was changed is written, and no more: the rest may just be changing."""
        columns = {field.name for field in User._meta.concrete_fields}
        written = columns.intersection(form.changed_data) if change else None
        renamed = change and not NAMES.isdisjoint(form.changed_data)
        with members.naming(obj, _staff(request)) if renamed else nullcontext():
            obj.save(update_fields=written)
        if not obj.is_active:
            sessions.end(Session.objects.filter(user=obj), "deactivated", _staff(request))
        transaction.on_commit(partial(bus.ring, "member", obj.pk))  # staff rights end at once too

    def has_deactivate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("security.deactivate_user") or request.user.has_perm("security.change_user")

    @admin.action(description="Deactivate selected users", permissions=["deactivate"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Not oneself, nor who is out of reach: for those it says so."""
        within = queryset.exclude(pk=str(request.user.pk))
        if not request.user.is_superuser:
            within = within.exclude(is_superuser=True)
        chosen, spared = set(within.values_list("pk", flat=True)), queryset.count()
        with transaction.atomic():
            sessions.end_all_of(chosen, "deactivated", _staff(request))
            done = User.objects.filter(pk__in=chosen, is_active=True).update(is_active=False)
        noun = "user was" if done == 1 else "users were"
        self.message_user(request, f"{done} {noun} deactivated; their sessions have ended.", messages.SUCCESS)
        if len(chosen) < spared:
            told = "Nobody deactivates themselves, and superusers are deactivated by superusers only."
            self.message_user(request, told, messages.WARNING)

    @admin.display(description="sessions")
    def see_sessions(self, user: User) -> str:
        return list_link("security_session", user.id, "sessions")


class GroupAdmin(ConsoleAdmin, auth.GroupAdmin):  # type: ignore[misc]
    """The roles that ship are as `migrate` makes them; groups for other purposes are staff's own."""

    search_ids = ()
    ordering = ("name",)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _ships(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return not _ships(obj) and super().has_delete_permission(request, obj)


class WorkspaceMembers(ReadOnlyInline):
    model = Membership
    fields = ("user", "role", moment("created_at"))
    readonly_fields = fields
    verbose_name_plural = "members"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        rows: QuerySet[Membership] = super().get_queryset(request).select_related("user").order_by("-pk")
        return rows


class NewWorkspace(forms.ModelForm):  # type: ignore[type-arg]  # Django has no such subscript at run time
    owner = forms.CharField(widget=UnfoldAdminTextInputWidget, help_text="Username of the first owner.")

    def clean_owner(self) -> User:
        owner = User.objects.filter(username=self.cleaned_data["owner"], is_active=True).first()
        if owner is None:
            raise forms.ValidationError(workspaces.UnknownUser.title)
        return owner


class WorkspaceAdmin(ConsoleAdmin):
    """Its members are managed on their own pages: a workspace may have more of them than one form can hold."""

    list_display = ("name", "id", "member_count", moment("created_at"))
    search_fields = ("name__startswith",)
    search_help_text = "Beginning of a name, or an id"
    inlines = (WorkspaceMembers,)
    readonly_fields = ("id", "member_count", moment("created_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Workspace]:
        counted = Membership.objects.filter(workspace=OuterRef("pk")).values("workspace").values(n=Count("pk"))
        rows: QuerySet[Workspace] = super().get_queryset(request).annotate(size=Coalesce(Subquery(counted), 0))
        return rows

    def get_fields(self, request: HttpRequest, obj: Workspace | None = None) -> tuple[Any, ...]:
        return ("name", "concurrency", *self.readonly_fields) if obj else ("name", "owner")

    def get_form(self, request: HttpRequest, obj: Workspace | None = None, **kwargs: Any) -> Any:
        return super().get_form(request, obj, **kwargs if obj else {"form": NewWorkspace, **kwargs})

    def has_delete_permission(self, request: HttpRequest, obj: Workspace | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Workspace, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.pk = workspaces.create(form.cleaned_data["owner"], obj.name).pk

    @admin.display(description="members")
    def member_count(self, workspace: Workspace) -> str:
        return list_link("security_membership", workspace.id, workspace.size)  # type: ignore[attr-defined]


class MembershipAdmin(ConsoleAdmin):
    list_display = ("user", "workspace", "role", moment("created_at"))
    list_select_related = ("user", "workspace")
    list_filter = ("role",)
    search_fields = ("user__username__exact",)
    search_ids = ("pk", "user", "workspace")
    search_help_text = "Username, or id of a user or workspace"
    autocomplete_fields = ("user", "workspace")
    fields = ("workspace", "user", "role")

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> tuple[str, ...]:
        return ("workspace", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if change:
            members.change(obj, obj.role, _staff(request))
        else:
            obj.pk = members.join(obj.workspace, obj.user, obj.role, _staff(request)).pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        members.leave(obj, _staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        chosen = list(queryset.select_related("user"))
        with transaction.atomic():
            members.lock({membership.workspace_id for membership in chosen})
            for membership in chosen:
                members.leave(membership, _staff(request))


def _ships(group: Group | None) -> bool:
    return group is not None and group.name in roles.POWERS


def _staff(request: HttpRequest) -> members.Actor:
    return {"kind": "staff", "id": str(request.user.pk)}
