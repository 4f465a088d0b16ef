"""Roles of staff: groups that `migrate` makes, each time with exactly the permissions written here.

Permissions are rows that Django makes after all migrations, so no migration can count on them. The roles are made after
those, and again when a database was emptied or a new model has come.
"""

from typing import Any, Final

from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.management import create_permissions

VIEWER: Final = "viewer"
OPERATOR: Final = "operator"
SECURITY_OFFICER: Final = "security officer"
OURS: Final = ("auth", "project", "security", "contexts", "integrations", "dispatch")

# What each may do beside seeing everything, as app.codename.
POWERS: Final[dict[str, tuple[str, ...]]] = {
    VIEWER: (),
    OPERATOR: (
        "security.change_session",
        "dispatch.change_run",
        "dispatch.change_review",
        "dispatch.add_route",
        "dispatch.change_route",
        "dispatch.delete_route",
        "dispatch.change_handlerswitch",
        "integrations.add_expert",
        "integrations.change_expert",
        "integrations.delete_expert",
        "security.change_keptfinding",
        "contexts.change_contextrow",
        "contexts.add_contextpolicy",
        "contexts.change_contextpolicy",
    ),
    SECURITY_OFFICER: (
        "contexts.delete_message",
        "dispatch.change_review",
        "security.add_revokedtoken",
        "security.delete_revokedtoken",
        "security.change_flag",
        "security.change_apikey",
        "security.delete_apikey",
        "security.deactivate_user",
        "security.delete_failedsignin",
        "security.add_rule",
        "security.change_rule",
        "security.delete_rule",
        "security.change_keptfinding",
    ),
}


def establish(sender: object, using: str, apps: Apps = installed, **_: object) -> None:
    """Django's `post_migrate`. `apps`: the models as the migrations have left them, which may be few."""
    if not {"auth", "contenttypes"} <= {config.label for config in apps.get_app_configs()}:
        return
    for label in OURS:  # later apps would get theirs after this
        create_permissions(installed.get_app_config(label), verbosity=0, using=using, apps=apps)
    groups: Any = apps.get_model("auth", "Group")
    permissions: Any = apps.get_model("auth", "Permission")
    known = _by_name(permissions.objects.using(using).select_related("content_type"))
    views = [name for name in known if ".view_" in name]
    for role, powers in POWERS.items():
        group, _fresh = groups.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in (*views, *powers) if name in known])


def _by_name(permissions: Any) -> dict[str, Any]:
    ours = permissions.filter(content_type__app_label__in=OURS)
    return {f"{permission.content_type.app_label}.{permission.codename}": permission for permission in ours}
