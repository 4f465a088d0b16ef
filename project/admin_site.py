"""Which site the admin is, and what stands in its sidebar.

Imported with the settings, before there are models: the site itself is in `project/staff_site.py`.
"""

from typing import Any, Final

from django.contrib.admin import apps
from django.http import HttpRequest
from django.urls import reverse
from django.utils.module_loading import import_string

# Group, then per page: title, icon, app label, model name, and where it has one, what tells how much waits there.
SIDEBAR: Final = (
    (
        "Conversations",
        (
            ("Conversations", "forum", "contexts", "conversation"),
            ("Messages", "chat_bubble", "contexts", "message"),
            ("Review", "gavel", "dispatch", "review", "dispatch.admin_review.waiting"),
            ("Runs", "play_circle", "dispatch", "run"),
            ("Delegations", "assignment_ind", "dispatch", "delegation"),
            ("Desk", "support_agent", "dispatch", "humandelegation", "dispatch.admin_desk.waiting"),
            ("Events", "history", "project", "event"),
        ),
    ),
    (
        "Knowledge",
        (
            ("Contexts", "psychology", "contexts", "contextrow"),
            ("Entities", "label", "contexts", "entity"),
            ("Pins", "keep", "contexts", "pin"),
            ("Summaries", "summarize", "contexts", "summarypart"),
            ("Context policies", "tune", "contexts", "contextpolicy"),
        ),
    ),
    (
        "Dispatch",
        (
            ("Routes", "alt_route", "dispatch", "route"),
            ("Experts", "school", "integrations", "expert"),
            ("Handlers", "extension", "dispatch", "handlerswitch"),
        ),
    ),
    (
        "People",
        (
            ("Users", "person", "security", "user"),
            ("Workspaces", "workspaces", "security", "workspace"),
            ("Members", "group", "security", "membership"),
            ("Staff groups", "badge", "auth", "group"),
        ),
    ),
    (
        "Security",
        (
            ("Sessions", "devices", "security", "session"),
            ("API keys", "key", "security", "apikey"),
            ("Revoked tokens", "block", "security", "revokedtoken"),
            ("Flags", "flag", "security", "flag"),
            ("Rules", "rule", "security", "rule"),
            ("Findings", "find_in_page", "security", "keptfinding"),
            ("Failed sign-ins", "lock_person", "security", "failedsignin"),
        ),
    ),
    ("Installation", (("Periodic jobs", "schedule", "project", "periodicjob"),)),
)


class AdminConfig(apps.AdminConfig):
    default_site = "project.staff_site.StaffSite"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and pages that this member of staff may open. Named by `settings.UNFOLD`."""
    groups = [
        (title, [_page(request, *page) for page in pages if _may_view(request, *page[2:4])]) for title, pages in SIDEBAR
    ]
    return [{"title": title, "items": pages} for title, pages in groups if pages]


def _may_view(request: HttpRequest, app: str, model: str) -> bool:
    return request.user.has_perm(f"{app}.view_{model}") or request.user.has_perm(f"{app}.change_{model}")


def _page(request: HttpRequest, title: str, icon: str, app: str, model: str, waits: str = "") -> dict[str, str]:
    page = {"title": title, "icon": icon, "link": reverse(f"admin:{app}_{model}_changelist")}
    count = import_string(waits)(request) if waits else ""
    return page | ({"badge": count, "badge_variant": "warning"} if count else {})
