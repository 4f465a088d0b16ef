"""Experts as health shows them: those that are switched on and could do nothing."""

from typing import Any, Final

from integrations.models import Expert, Health

MOST: Final = 100
TOLD: Final = ("slug", "workspace", "adapter", "health", "health_detail", "health_at")


def state() -> dict[str, Any]:
    bad = Expert.objects.filter(enabled=True, health__in=[Health.FAILING, Health.CHANGED])
    return {"experts_in_trouble": list(bad.order_by("slug", "id").values(*TOLD)[:MOST])}
