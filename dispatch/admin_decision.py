"""What became of a run and why, on its page in the admin: for people who have never seen the code."""

from collections.abc import Iterable
from typing import Any, Final

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from dispatch import decision_words as words
from dispatch.models import Run
from project.admin_cells import NOTHING, badge, facts, moment, page_link, pretty, said, short
from project.admin_pages import as_id
from security.models import User

MOST_REPLAYS: Final = 20


class DecisionPanel:
    """Fields of a run's page. Each reads one row; only those of replays and of who stopped it ask for more."""

    decision_fields: Final = (
        "shown_route",
        "shown_handlers",
        "shown_candidates",
        "shown_attempts",
        "shown_stop",
        "shown_replays",
        "shown_findings",
        "shown_error",
        "shown_partial",
        "shown_stored",
    )

    @admin.display(description="route and why")
    def shown_route(self, run: Run) -> str:
        decision = run.decision
        return named(_chosen(decision)) if decision else "Not decided yet: the run has not been taken up."

    @admin.display(description="routes looked at")
    def shown_candidates(self, run: Run) -> str:
        candidates = run.decision.get("candidates")
        if candidates is None:
            return NOTHING
        if not candidates:
            return "There was no route to look at."
        more = run.decision.get("more", 0)  # left out before the last
        told = [*map(_candidate, candidates[:-1]), *([f"{more} more that did not match"] if more else [])]
        return listed([*told, _candidate(candidates[-1])])

    @admin.display(description="handlers")
    def shown_handlers(self, run: Run) -> str:
        asked = [(str(each.get("name", NOTHING)), words.handler(each)) for each in run.handlers]
        left = [name for name in run.decision.get("path", []) if name not in dict(asked)]
        return named([*asked, *((name, "not asked") for name in left)]) if asked or left else NOTHING

    @admin.display(description="attempts")
    def shown_attempts(self, run: Run) -> str:
        most = run.decision.get("attempts")
        begun = words.counted(run.attempt, "attempt", "attempts")
        told = [f"{begun} begun, of at most {most} that may fail." if most else f"{begun} begun."]
        if run.failures:
            told.append(f"{words.counted(run.failures, 'attempt', 'attempts')} ended in an error worth a retry.")
        if run.crashes:
            told.append(
                f"{words.counted(run.crashes, 'attempt was', 'attempts were')} lost: its process died or froze."
            )
        if run.late:
            told.append(f"{words.counted(run.late, 'result', 'results')} of a lost attempt came late and was refused.")
        return said("\n".join(told))

    @admin.display(description="stop")
    def shown_stop(self, run: Run) -> str:
        if not run.stop:
            return NOTHING
        why = "a later message takes its place" if run.stop == "superseded" else "it is no longer wanted"
        return format_html("Asked for by {}, {}: {}.", _actor(run.stop_actor), moment("stop_at")(run), why)

    @admin.display(description="replays")
    def shown_replays(self, run: Run) -> str:
        rows = []
        if run.replay_of_id:
            rows.append(("replay of", page_link("dispatch_run", run.replay_of_id, short(run.replay_of_id))))
        if run.only_handler:
            rows.append(("with handler", run.only_handler))
        if later := list(run.replays.order_by("-pk").only("id", "state")[:MOST_REPLAYS]):
            rows.append(("replayed as", listed(map(_replay, later))))
        return named(rows) if rows else NOTHING

    @admin.display(description="findings")
    def shown_findings(self, run: Run) -> str:
        return listed(map(facts, run.findings)) if run.findings else "The filters found nothing."

    @admin.display(description="error")
    def shown_error(self, run: Run) -> str:
        return facts(run.error)

    @admin.display(description="said so far")
    def shown_partial(self, run: Run) -> str:
        return said(run.partial)

    @admin.display(description="as stored")
    def shown_stored(self, run: Run) -> str:
        return format_html("<details><summary>Decision as JSON</summary>{}</details>", pretty(run.decision))


def named(rows: Iterable[tuple[str, str]]) -> str:
    return format_html('<dl class="facts">{}</dl>', format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", rows))


def listed(items: Iterable[str]) -> str:
    return format_html('<ol class="facts">{}</ol>', format_html_join("", "<li>{}</li>", ((item,) for item in items)))


def _chosen(decision: dict[str, Any]) -> list[tuple[str, str]]:
    route, policy = decision.get("route"), str(decision.get("policy", ""))
    rows = [
        ("route", page_link("dispatch_route", route["id"], route["name"]) if route else "none: the kind decides"),
        ("why", str(decision.get("reason", NOTHING))),
        ("asks", ", ".join(decision.get("path", [])) or "nobody"),
        ("how", words.POLICIES.get(policy, policy)),
    ]
    if expert := decision.get("expert"):
        rows.insert(3, ("which expert", str(expert)))
    if missing := decision.get("missing"):
        rows.append(("missing", format_html("{} {}", badge("broken", "danger"), ", ".join(missing))))
    if audience := decision.get("audience"):
        rows.append(("who sees the reply", words.AUDIENCES.get(audience, audience)))
    return [*rows, *_limits(decision)]


def _limits(decision: dict[str, Any]) -> list[tuple[str, str]]:
    deadline, ms = decision.get("deadline"), decision.get("ms")
    rows = []
    if "deadline" in decision:
        rows.append(("deadline", f"{deadline:g} s" if deadline is not None else "each handler's own"))
    if "priority" in decision:
        rows.append(("priority", decision["priority"] or "that of the message"))
    if ms is not None:
        rows.append(("decided in", f"{ms:.1f} ms"))
    return rows


def _candidate(candidate: dict[str, Any]) -> str:
    matched, missing, conditions = (candidate.get(name) for name in ("matched", "missing", "conditions"))
    verdict = badge("matched", "success") if matched else badge("not matched", None)
    told = listed(map(_condition, conditions)) if conditions else " It has no conditions: every message matches."
    broken = format_html(" {} {}", badge("broken", "danger"), ", ".join(missing)) if missing else ""
    name = (candidate.get("route") or {}).get("name", NOTHING)
    return format_html("{} <strong>{}</strong>{}{}", verdict, name, broken, told)


def _condition(condition: dict[str, Any]) -> str:
    met = badge("met", "success") if condition.get("met") else badge("not met", "warning")
    return format_html("{} {}", met, words.condition(condition))


def _replay(run: Run) -> str:
    return format_html("{} {}", page_link("dispatch_run", run.id, short(run.id)), run.state)


def _actor(actor: dict[str, Any]) -> str:
    kind, id = str(actor.get("kind", "")), as_id(str(actor.get("id", "")))
    user = User.objects.filter(id=id).first() if kind in {"user", "staff"} and id else None
    return page_link("security_user", user.id, user.username) if user else kind or "the system"
