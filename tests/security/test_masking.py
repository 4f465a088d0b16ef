"""What is masked stands masked at its place and nowhere else, in about one look at each mask."""

import pytest

from contexts.models import Message
from dispatch.models import Review, Run
from security import screening
from security.excess import MOST_FOUND
from security.material import Material
from security.screening import MOST_KEPT, Action, Finding
from security.screening_models import KeptFinding
from tests.dispatch.answered import answered
from tests.modes import once
from tests.problem import problem

KEY = "hunter2"


@screening.register("test_every_k")
def every_k(material):
    action = Action.REDACT if "mask" in material.whole else Action.FLAG
    for place, character in enumerate(material.whole):
        if character == "k":
            yield Finding("k", (place, place + 1), "low", action=action)


@screening.register("test_last")
def last(material):
    for word, action in [("held", Action.QUARANTINE), ("evil", Action.BLOCK)]:
        start = material.whole.find(word)
        if start >= 0:
            yield Finding(word, (start, start + 4), "high", action=action)


class Mask(tuple[int, int, str]):
    """Counts how often anybody looks at one."""

    looks = 0

    def __iter__(self):
        Mask.looks += 1
        return super().__iter__()


def rewritten(material):
    masks = [(start, start + len(KEY), "[secret]") for start in places(material.whole)]
    return material.rewritten(masks)


def places(text):
    start = text.find(KEY)
    while start >= 0:
        yield start
        start = text.find(KEY, start + 1)


@pytest.fixture
def post(ada, conversation):
    return lambda **body: ada.post(f"/api/v1/conversations/{conversation.id}/messages/", body)


@once
def test_each_mask_is_looked_at_about_once():
    material = Material("see", ({"type": "data", "data": [KEY] * 300},))
    masks = [Mask((start, start + len(KEY), "[secret]")) for start in material.starts[1:]]
    Mask.looks = 0

    shown = material.rewritten(masks)

    assert shown.parts == ({"type": "data", "data": ["[secret]"] * 300},)
    assert Mask.looks <= 2 * len(masks)


@once
def test_a_mask_over_several_texts_stands_in_each():
    material = Material("see one", ({"type": "data", "data": ["two", "", "three and four"]},))

    shown = material.rewritten([(4, 17, "[cut]"), (22, 26, "[more]")])

    assert (shown.text, shown.parts[0]["data"]) == ("see [cut]", ["[cut]", "", "[cut] and [more]"])


@once
@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"a": 1, "0#": "bee"}, {"a": 1, "0#": "bee"}),
        ({"a": {"1#": "x", "b": "y"}}, {"a": {"1#": "x", "b": "y"}}),
        ({KEY: 1, f"{KEY}!": 2}, {"[secret]": 1, "[secret]!": 2}),
        ({f"{KEY}": 1, "[secret]": 2, "[secret] 2": 3}, {"[secret] 3": 1, "[secret]": 2, "[secret] 2": 3}),
    ],
)
def test_masked_names_take_no_others_place(fields, shown):
    body = rewritten(Material(KEY, metadata=fields))

    assert body.text == "[secret]"
    assert body.metadata == shown


@once
def test_names_masked_alike_are_numbered():
    alike = Material("see", metadata={"one": 1, "two": 2, "six": 3})

    shown = alike.rewritten([(start, start + 3, "[name]") for start in alike.starts[1:]])

    assert shown.metadata == {"[name]": 1, "[name] 2": 2, "[name] 3": 3}


def test_more_than_can_be_masked_is_refused_and_says_how_much_can_be(post, settings, patient):
    settings.FILTERS = ["test_every_k"]

    body = problem(post(text="mask " + "k" * (MOST_FOUND + 1)), 413, "too_much_to_mask")

    assert str(MOST_FOUND) in body["detail"]
    assert not Message.objects.exists()


@pytest.mark.parametrize(("text", "mode"), [("flag", "enforce"), ("mask", "shadow")])
def test_what_is_only_flagged_or_watched_passes_however_often_it_is_found(post, settings, patient, text, mode):
    settings.FILTERS, settings.FILTER_MODES = ["test_every_k"], {"test_every_k": mode}

    assert post(text=f"{text} " + "k" * (MOST_FOUND + 1)).status_code == 202

    assert KeptFinding.objects.count() == len(Run.objects.get().findings) == MOST_KEPT


def test_what_decided_is_kept_however_much_else_was_found(post, settings):
    settings.FILTERS = ["test_every_k", "test_last"]

    problem(post(text="mask " + "k" * MOST_KEPT * 2 + "evil"), 422, "message_blocked")

    kept = list(KeptFinding.objects.values_list("rule", flat=True))
    assert (len(kept), kept.count("evil")) == (MOST_KEPT, 1)


def test_a_review_keeps_what_it_is_for(post, settings):
    settings.FILTERS = ["test_every_k", "test_last"]

    assert post(text="mask " + "k" * MOST_KEPT * 2 + "held").json()["status"] == "quarantined"

    findings = Review.objects.get().findings
    assert len(findings) == MOST_KEPT
    assert [found["rule"] for found in findings if found["action"] == "quarantine"] == ["held"]


def test_a_run_keeps_as_many_of_its_answer(ada, conversation, settings):
    settings.FILTERS = ["test_every_k"]

    run = answered(ada, conversation, text="k" * MOST_KEPT * 2)

    assert len(run.findings) == KeptFinding.objects.count() == MOST_KEPT


@pytest.mark.parametrize(("mode", "evidence"), [("enforce", "mas[removed] me"), ("shadow", "mask me")])
def test_evidence_shows_nothing_that_is_masked_for_users(post, settings, mode, evidence):
    settings.FILTERS, settings.FILTER_MODES = ["test_every_k"], {"test_every_k": mode}

    post(text="mask me")

    assert KeptFinding.objects.get().evidence == evidence
