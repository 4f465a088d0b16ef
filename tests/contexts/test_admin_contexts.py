"""How the admin shows what is known, and what staff do about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from contexts import store
from contexts.knowledge import ContextPolicy
from contexts.models import Conversation, Message, MessageStatus
from project import cachelink, metrics
from project.models import Event
from security.roles import OPERATOR, VIEWER
from tests import admin_rows
from tests.contexts.said import say

LIST = "admin:contexts_contextrow_changelist"


@pytest.fixture(autouse=True)
def settled_cache(db: None) -> None:
    """No watch looks for a Redis meanwhile, and lets the cache begin anew."""
    cache.get("look")
    cachelink.close()


@pytest.fixture
def desk(client: Any, db: None) -> Any:
    client.force_login(admin_rows.staff("sue"))
    return client


def page_of(desk: Any, conversation: Conversation) -> str:
    text: str = desk.get(reverse("admin:contexts_contextrow_change", args=[conversation.id])).content.decode()
    return text


def row_of(desk: Any, conversation: Conversation) -> Any:
    [row] = desk.get(reverse(LIST), {"q": conversation.id}).context["cl"].result_list
    return row


def act(desk: Any, action: str, conversation: Conversation, **fields: Any) -> Any:
    return desk.post(reverse(LIST), {"action": action, "_selected_action": [str(conversation.id)], **fields})


def version(conversation: Conversation) -> int:
    return Conversation.objects.values_list("context_version", flat=True).get(id=conversation.id)


def test_the_list_says_how_large_a_snapshot_is_and_how_old(desk, ada, conversation):
    store.load(say(conversation, "Hello", ada))

    kept = row_of(desk, conversation).facts.kept

    assert 100 < kept.bytes < 2000
    assert kept.made_at > timezone.now() - timedelta(minutes=1)


def test_the_list_says_that_there_is_no_snapshot_and_makes_none(desk, ada, conversation):
    say(conversation, "Hello", ada)
    store.invalidate(conversation)

    first, second = row_of(desk, conversation).facts, row_of(desk, conversation).facts

    assert (first.kept, second.kept) == (None, None)


def test_who_looks_at_the_list_counts_as_no_hit_and_no_miss(desk, ada, conversation):
    store.load(say(conversation, "Hello", ada))
    counted = [metrics.snapshots.labels(outcome)._value.get() for outcome in ("hit", "miss")]

    row_of(desk, conversation)

    assert [metrics.snapshots.labels(outcome)._value.get() for outcome in ("hit", "miss")] == counted


def test_the_list_counts_pins_and_entities_that_hold(desk, ada, conversation):
    said = say(conversation, "Berlin in May, not June", ada)
    holds = admin_rows.entity(said, "Berlin")
    admin_rows.entity(said, "June", superseded_by=holds)
    admin_rows.entity(said, "May", removed_at=timezone.now())
    admin_rows.pin(conversation)

    facts = row_of(desk, conversation).facts

    assert (facts.entities, facts.pins) == (1, 1)


def test_the_page_shows_a_context_as_people_read_it(desk, ada, conversation):
    said = say(conversation, "To Berlin in May", ada)
    say(conversation, "Noted", reply_to=said.id)
    admin_rows.entity(said, "Berlin")
    admin_rows.pin(conversation, "Speak plainly")
    store.invalidate(conversation)

    page = page_of(desk, conversation)

    for text in ("To Berlin in May", "Noted", "Speak plainly", ">Berlin</a>", "not in the cache", "tokens"):
        assert text in page
    assert "Nothing has left the window" in page


def test_the_page_says_what_was_left_out_and_why(desk, ada, conversation):
    admin_rows.context_policy(Conversation.objects.get(id=conversation.id).workspace, messages=2)
    for number in range(5):
        say(conversation, f"remark {number}", ada)

    page = page_of(desk, conversation)

    assert "the policy takes no more messages" in page
    assert "Number 2 of the 2 newest that fit." in page
    assert '<div class="said">remark 4</div>' in page
    assert '<div class="said">remark 2</div>' not in page
    assert "ada: remark 2" in page  # it is in the summary


def test_the_page_shows_nothing_that_not_everybody_may_read(desk, ada, conversation):
    say(conversation, "for ada alone", visible_to=str(ada.user.id))
    held = say(conversation, "held back", ada)
    Message.objects.filter(id=held.id).update(status=MessageStatus.QUARANTINED)
    store.invalidate(conversation)

    page = page_of(desk, conversation)

    assert "for ada alone" not in page
    assert "held back" not in page
    assert "they are held for a review" in page


def test_invalidating_raises_the_version_so_that_rows_are_read(desk, ada, conversation):
    message = say(conversation, "Hello", ada)
    store.load(message)
    before = version(conversation)

    act(desk, "invalidate", conversation)

    assert version(conversation) == before + 1
    assert row_of(desk, conversation).facts.kept is None


def test_rebuilding_reads_rows_at_once(desk, ada, conversation):
    say(conversation, "Hello", ada)
    Message.objects.filter(conversation=conversation).update(text="changed behind our back")

    act(desk, "rebuild", conversation)

    assert row_of(desk, conversation).facts.kept
    assert "changed behind our back" in page_of(desk, conversation)


def test_who_only_looks_may_not_invalidate(client, ada, conversation):
    say(conversation, "Hello", ada)
    before = version(conversation)
    for role, risen in ((VIEWER, 0), (OPERATOR, 1)):
        helper = admin_rows.person(role, is_staff=True)
        helper.groups.set(Group.objects.filter(name=role))
        client.force_login(helper)

        act(client, "invalidate", conversation)

        assert version(conversation) == before + risen


def test_pruning_asks_first_and_says_what_would_leave(desk, ada, conversation):
    for number in range(5):
        say(conversation, f"remark {number}", ada)

    asked = act(desk, "prune", conversation, keep_last=2, look="yes").content.decode()

    assert "3 messages\n" in asked
    assert '<div class="said">remark 0</div>' in page_of(desk, conversation)


def test_pruning_takes_older_messages_out_and_deletes_none(desk, ada, conversation):
    for number in range(5):
        say(conversation, f"remark {number}", ada)

    act(desk, "prune", conversation, keep_last=2, sure="yes")

    page = page_of(desk, conversation)
    assert '<div class="said">remark 3</div>' in page
    assert '<div class="said">remark 2</div>' not in page
    assert Message.objects.filter(conversation=conversation).count() == 5
    assert Event.objects.filter(type="context.pruned").get().actor["kind"] == "staff"


def test_pruning_to_a_number_that_is_none_is_asked_again(desk, ada, conversation):
    say(conversation, "remark", ada)

    asked = act(desk, "prune", conversation, keep_last="many", sure="yes").content.decode()

    assert "Enter a whole number" in asked
    assert not Event.objects.filter(type="context.pruned").exists()


def test_a_mention_shows_the_words_of_the_message(desk, ada, conversation):
    entity = admin_rows.entity(say(conversation, "Berlin in May", ada), "Berlin")
    type(entity).objects.filter(id=entity.id).update(value="the capital", normal="de-be")

    page = desk.get(reverse("admin:contexts_entity_change", args=[entity.id])).content.decode()

    assert "Berlin" in page
    assert "in May" not in page


@pytest.mark.parametrize("state", ["known", "pinned", "corrected", "superseded", "removed"])
def test_entities_are_filtered_by_state(desk, ada, conversation, state):
    said = say(conversation, "Berlin", ada)
    made = {"pinned": admin_rows.entity(said, "pinned", pinned=True)}
    made["corrected"] = admin_rows.entity(said, "corrected", corrected_at=timezone.now())
    made["superseded"] = admin_rows.entity(said, "superseded", superseded_by=made["pinned"])
    made["removed"] = admin_rows.entity(said, "removed", removed_at=timezone.now())
    known = [made["corrected"], made["pinned"]]

    shown = desk.get(reverse("admin:contexts_entity_changelist"), {"state": state})

    assert list(shown.context["cl"].result_list) == (known if state == "known" else [made[state]])


def test_a_conversation_leads_to_its_context(desk, ada, conversation):
    page = desk.get(reverse("admin:contexts_conversation_change", args=[conversation.id])).content.decode()

    assert reverse("admin:contexts_contextrow_change", args=[conversation.id]) in page


@pytest.mark.parametrize("action", ["invalidate", "rebuild", "prune"])
def test_an_action_refuses_more_contexts_than_a_request_should_take(desk, ada, conversation, action):
    fields = {"workspace": ada.workspace, "created_by": ada.user}
    more = Conversation.objects.bulk_create(Conversation(**fields) for _ in range(100))
    chosen = [str(one.id) for one in [conversation, *more]]

    answer = desk.post(reverse(LIST), {"action": action, "_selected_action": chosen}, follow=True)

    assert "101 contexts are chosen; choose at most 100 at once." in answer.content.decode()
    assert version(conversation) == conversation.context_version


def save(desk: Any, workspace: Any, **fields: Any) -> Any:
    """The form of a workspace's policy, as it is with `fields` changed."""
    filled = {"messages": 100, "days": "", "tokens": "", "recalled": 5, "summary": "on", "entities": "on"}
    address = reverse("admin:contexts_contextpolicy_change", args=[workspace.id])
    return desk.post(address, {**filled, "retention_days": "", **fields})


def test_a_changed_policy_is_followed_at_once(desk, ada, conversation):
    admin_rows.context_policy(ada.workspace)
    for number in range(5):
        say(conversation, f"remark {number}", ada)
    before = version(conversation)

    save(desk, ada.workspace, messages=2)

    assert version(conversation) == before + 1
    assert '<div class="said">remark 2</div>' not in page_of(desk, conversation)


def test_a_policy_that_is_saved_as_it_was_changes_nothing(desk, ada, conversation):
    admin_rows.context_policy(ada.workspace)
    say(conversation, "remark", ada)
    before = version(conversation)

    save(desk, ada.workspace)

    assert version(conversation) == before


def test_a_policy_is_written_for_a_workspace_that_has_none(desk, ada, conversation):
    filled = {
        "workspace": ada.workspace.id,
        "messages": 7,
        "recalled": 0,
        "days": "",
        "tokens": "",
        "retention_days": "",
    }

    desk.post(reverse("admin:contexts_contextpolicy_add"), filled)

    made = ContextPolicy.objects.get(workspace=ada.workspace)
    assert (made.messages, made.recalled, made.summary) == (7, 0, False)


@pytest.mark.parametrize(
    ("field", "value"),
    [("messages", 0), ("messages", 501), ("tokens", 255), ("recalled", 21), ("days", 0), ("retention_days", 1)],
)
def test_a_policy_out_of_bounds_is_refused(desk, ada, field, value):
    policy = admin_rows.context_policy(ada.workspace)

    answer = save(desk, ada.workspace, **{field: value})

    assert answer.context["adminform"].form.errors.keys() == {field}
    policy.refresh_from_db()
    assert policy.messages == 100
