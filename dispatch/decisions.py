"""A decision: which handlers are asked, how and why. It is kept on the run as JSON."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from dispatch.handlers import Handler
from dispatch.models import Audience, RoutePolicy
from dispatch.submissions import PRIORITIES
from security.models import User

PUBLIC: Final = ("policy", "path", "reason", "audience", "expert")
MOST_KEPT: Final = 20  # candidates: a run is no second copy of all routes


@dataclass(frozen=True)
class Decision:
    """Who is asked, how, and why.

    `audience` is what the route and the message agree on. `deadline` is in seconds for the whole path; None: each
    handler's own. `attempts`: how often at most. `priority`: the route's; "": the message's. `problem` is the reason
    code of an empty path. `expert`: the slug of whom the route or the message wants.
    """

    path: tuple[Handler, ...]
    reason: str
    policy: str = RoutePolicy.FIRST
    audience: str = Audience.CONVERSATION
    deadline: float | None = None
    attempts: int = field(default_factory=lambda: settings.RUN_ATTEMPTS)
    priority: str = ""
    route: dict[str, str] | None = None
    problem: str = ""
    missing: tuple[str, ...] = ()
    candidates: tuple[dict[str, Any], ...] = ()
    ms: float = 0.0
    expert: str = ""

    def as_json(self) -> dict[str, Any]:
        """With so many candidates as are kept, the last one, which may have matched, among them; `more`: left out."""
        kept = [*self.candidates[: MOST_KEPT - 1], *self.candidates[MOST_KEPT - 1 :][-1:]]
        return {
            "policy": self.policy,
            "path": [handler.name for handler in self.path],
            "reason": self.reason,
            "route": self.route,
            "audience": self.audience,
            "deadline": self.deadline,
            "attempts": self.attempts,
            "priority": self.priority,
            "missing": list(self.missing),
            "candidates": kept,
            "more": len(self.candidates) - len(kept),
            "ms": self.ms,
            **({"expert": self.expert} if self.expert else {}),
        }

    def weight(self, metadata: dict[str, Any]) -> int:
        """The priority of a message in the queue: the route's, else its own."""
        return PRIORITIES[self.priority or metadata.get("priority", "normal")]


def shown(decision: dict[str, Any], user: User) -> dict[str, Any]:
    """What who manages may see: of the installation's routes, which may name other people's, only whether they matched.

    Staff see all. What does not say whose it is was kept by an earlier release, and counts as the installation's.
    """
    candidates = decision.get("candidates", [])
    if user.is_staff or not decision:
        return decision
    own = any(one.get("matched") and not one.get("installation", True) for one in candidates)
    return decision | {
        "route": decision.get("route") if own else None,
        "candidates": [_shown(one) for one in candidates],
    }


def _shown(candidate: dict[str, Any]) -> dict[str, Any]:
    if not candidate.get("installation", True):
        return candidate
    return {name: candidate[name] for name in ("matched", "missing") if name in candidate} | {"installation": True}


def public(decision: dict[str, Any]) -> dict[str, Any]:
    """What members may see of a decision that was kept."""
    return {name: decision[name] for name in PUBLIC if name in decision}
