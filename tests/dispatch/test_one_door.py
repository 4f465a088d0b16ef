"""Text enters through `receive()`, answers through `conclude()` of runs and delegations: nothing else appends."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("project", "security", "contexts", "integrations", "dispatch")
MAY_APPEND = {"dispatch/intake.py", "dispatch/conclusion.py", "dispatch/delegation_ends.py"}


@cache
def sources() -> list[tuple[str, ast.Module]]:
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return [(path.relative_to(ROOT).as_posix(), ast.parse(path.read_text())) for path in files]


@cache
def calls(tree: ast.Module) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_only_intake_and_conclusion_append_messages() -> None:
    found = {name for name, tree in sources() if "store.append" in calls(tree)}

    assert found == MAY_APPEND


def test_message_rows_are_made_in_one_place() -> None:
    makers = {"Message", "Message.objects.create", "Message.objects.bulk_create", "Message.objects.get_or_create"}

    assert {name for name, tree in sources() if makers & calls(tree)} == {"contexts/messages.py"}


def test_only_the_conductor_and_contexts_themselves_reach_the_context_manager() -> None:
    users = {name for name, tree in sources() if any(map(_imports_store, ast.walk(tree)))}

    outside = {name for name in users if not name.startswith("contexts/")}
    assert outside == {*MAY_APPEND, "dispatch/dispatcher.py", "dispatch/admin_desk_page.py"}


def test_all_doors_screen() -> None:
    trees = dict(sources())

    screens = {"reading.read", "reading.look", "expert_screening.read"}
    assert all(screens & calls(trees[name]) for name in MAY_APPEND)
    assert "reading.look" in calls(trees["dispatch/expert_screening.py"])
    assert "screening.screen" in calls(trees["dispatch/reading.py"])


def test_broad_excepts_stand_only_at_the_borders_to_foreign_code() -> None:
    """Handler, expert, summariser, filter, recogniser, the queue's loop and timer, what it takes up, periodic task,
    cache, rings, socket, stream, resolvers, what far sides sign.
    """
    borders = {
        "contexts/recognising.py",
        "dispatch/asking.py",
        "dispatch/consulting.py",
        "dispatch/consumers.py",
        "dispatch/delegation_work.py",
        "dispatch/loop.py",
        "dispatch/queue.py",
        "dispatch/sockets.py",
        "dispatch/sse.py",
        "dispatch/threads.py",
        "dispatch/wording.py",
        "dispatch/work.py",
        "dispatch/reaching.py",
        "integrations/asides.py",
        "integrations/checkups.py",
        "integrations/expert_faults.py",
        "integrations/resolving.py",
        "integrations/webhooks.py",
        "project/cachelink.py",
        "project/carrier.py",
        "project/timetable.py",
        "security/chain.py",
    }
    broad = {name for name, tree in sources() if any(map(_is_broad, ast.walk(tree)))}

    assert broad <= borders


def _imports_store(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(name.name == "contexts.store" for name in node.names)
    if not isinstance(node, ast.ImportFrom):
        return False
    return node.module == "contexts.store" or (
        node.module == "contexts" and "store" in {name.name for name in node.names}
    )


def _is_broad(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    return node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
