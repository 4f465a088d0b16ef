"""What a handler knows when it answers a message."""

import pytest

from contexts import conversations, store, tokens
from contexts.gathering import PAGE
from contexts.models import Message, MessageStatus
from tests.contexts.said import say


@pytest.fixture
def budget(settings):
    def set_to(tokens):
        settings.CONTEXT_TOKENS = tokens

    return set_to


def price(text):
    return tokens.MESSAGE_OVERHEAD + tokens.count(text)


def texts(context):
    return [message.text for message in context.messages]


def test_the_first_message_finds_nothing_before_it(ada, conversation):
    context = store.load(say(conversation, "Hello", ada))

    assert (context.messages, context.tokens, context.total, context.left_out) == ((), 0, 0, 0)


def test_what_was_said_before_is_known_oldest_first(ada, bob, conversation):
    say(conversation, "one", ada)
    say(conversation, "two")
    say(conversation, "three", bob)

    context = store.load(say(conversation, "four", ada))

    assert [(message.author, message.text) for message in context.messages] == [
        ("ada", "one"),
        ("assistant", "two"),
        ("bob", "three"),
    ]
    assert (context.total, context.left_out) == (3, 0)


def test_the_newest_that_fit_the_budget_are_kept(ada, conversation, budget):
    for number in range(10):
        say(conversation, f"{number}" * 40, ada)
    budget(4 * price("0" * 40) + 10)

    context = store.load(say(conversation, "now", ada))

    assert [text[0] for text in texts(context)] == ["7", "8", "9"]
    assert context.tokens <= context.budget == 4 * price("0" * 40) + 10
    assert (context.total, context.left_out) == (10, 7)


def test_a_window_that_fits_to_the_token_is_kept_whole(ada, conversation, budget):
    for number in range(5):
        say(conversation, str(number) * 40, ada)
    budget(5 * price("0" * 40))

    assert len(store.load(say(conversation, "now", ada)).messages) == 5

    budget(5 * price("0" * 40) - 1)

    assert len(store.load(Message.objects.get(text="now")).messages) < 5


def test_a_message_that_is_too_long_is_shortened_visibly(ada, conversation, budget):
    for text in ("short", "x" * 4000, "last"):
        say(conversation, text, ada)
    budget(400)

    context = store.load(say(conversation, "now", ada))

    [first, long, last] = context.messages
    assert (first.text, last.text) == ("short", "last")
    assert long.shortened
    assert "characters are left out here" in long.text
    assert long.tokens <= 100


def test_user_messages_that_wait_for_their_own_turn_are_left_out(ada, bob, conversation):
    say(conversation, "before", ada)
    message = say(conversation, "now", ada)
    say(conversation, "later", bob)

    context = store.load(message)

    assert texts(context) == ["before"]
    assert (context.total, context.left_out) == (1, 0)


def test_answers_are_known_even_when_they_came_later(ada, conversation):
    say(conversation, "first question", ada)
    second = say(conversation, "second question", ada)
    say(conversation, "first answer")

    context = store.load(second)

    assert texts(context) == ["first question", "first answer"]
    assert context.total == 2


@pytest.mark.parametrize("status", [MessageStatus.QUARANTINED, MessageStatus.REJECTED, MessageStatus.DELETED])
def test_what_nobody_may_read_is_not_known(ada, conversation, status):
    hidden = say(conversation, "hidden", ada)
    Message.objects.filter(id=hidden.id).update(status=status)

    assert texts(store.load(say(conversation, "now", ada))) == []


def test_what_was_said_elsewhere_is_not_known(ada, conversation):
    other = conversations.create(ada.user, ada.workspace.id, {"title": "Other"})
    say(other, "elsewhere", ada)

    assert texts(store.load(say(conversation, "now", ada))) == []


def test_the_window_is_read_on_until_the_budget_is_spent(ada, conversation, budget):
    for number in range(PAGE + 5):
        say(conversation, str(number), ada)
    budget(10_000)

    context = store.load(say(conversation, "now", ada))

    assert texts(context) == [str(number) for number in range(PAGE + 5)]


def test_a_long_conversation_costs_as_many_queries_as_a_short_one(
    ada, conversation, budget, django_assert_max_num_queries
):
    for number in range(3 * PAGE):
        say(conversation, f"{number:040}", ada)
    message = say(conversation, "now", ada)
    budget(10 * price("x" * 40))

    with django_assert_max_num_queries(12):
        context = store.load(message)

    assert 0 < len(context.messages) < 10
    assert context.left_out == 3 * PAGE - len(context.messages)


def test_members_take_part_with_name_and_role(ada, bob, conversation):
    bob.user.first_name, bob.user.last_name = "Bob", "Stone"
    bob.user.save(update_fields=["first_name", "last_name"])

    context = store.load(say(conversation, "now", ada))

    assert [(person.username, person.name, person.role) for person in context.participants] == [
        ("ada", "ada", "owner"),
        ("bob", "Bob Stone", "editor"),
    ]


def test_the_context_names_its_conversation_and_version(ada, conversation):
    message = say(conversation, "now", ada)

    context = store.load(message)

    assert (context.conversation, context.workspace) == (conversation.id, ada.workspace.id)
    assert (context.title, context.version, context.started_at) == ("Plans", 1, conversation.created_at)
