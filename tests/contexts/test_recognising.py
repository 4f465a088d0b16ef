"""What a text names, by its words alone."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from time import process_time
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from contexts import amounts, entity_evaluation, recognising
from contexts.context import Participant
from contexts.finds import Scene
from contexts.recognising import LONGEST, MOST, recognise
from tests.modes import once

pytestmark = once

BERLIN = Scene(datetime(2026, 11, 25, 22, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))  # a Wednesday, 23:30 there
LABELLED = Path(__file__).parent / "labelled_entities.txt"
FLOORS = {"precision": 0.95, "recall": 0.9}


def normals(text, type, scene=BERLIN):
    return [one.normal for one in recognise(text, scene) if one.type == type]


def test_labelled_sentences_are_read_as_people_read_them():
    scores = entity_evaluation.scores(entity_evaluation.marked(LABELLED))

    assert scores["all"].precision >= FLOORS["precision"]
    assert scores["all"].recall >= FLOORS["recall"]
    weak = {name: one for name, one in scores.items() if one.precision < 0.9 or one.recall < 0.8}
    assert weak == {}


@pytest.mark.parametrize(
    ("text", "type", "normal"),
    [
        ("Let us meet tomorrow", "date", "2026-11-26"),
        ("Let us meet next Monday", "date", "2026-11-30"),
        ("It was two weeks ago", "date", "2026-11-11"),
        ("in March 2027", "date", "2027-03"),
        ("next week", "date", "2026-W49"),
        ("since 1998", "date", "1998"),
        ("the 3rd of March 2027", "date", "2027-03-03"),
        ("on 31.12.2026", "date", "2026-12-31"),
        ("on 12.11.2027", "date", "2027-11-12"),
        ("at 9:30 on 1.2.27", "time", "2027-02-01T09:30+01:00"),
        ("Half an hour ago", "time", "2026-11-25T23:00+01:00"),
        ("half an hour from now", "time", "2026-11-26T00:00+01:00"),
        ("in an hour and a half", "time", "2026-11-26T01:00+01:00"),
        ("Monday last week", "date", "2026-11-16"),
        ("Friday next week at 3pm", "time", "2026-12-04T15:00+01:00"),
        ("at 3pm", "time", "2026-11-26T15:00+01:00"),
        ("tomorrow at 9:30", "time", "2026-11-26T09:30+01:00"),
        ("this evening", "time", "2026-11-25T19:00+01:00"),
        ("in two hours", "time", "2026-11-26T01:30+01:00"),
        ("2026-12-01T15:00:00Z", "time", "2026-12-01T15:00+00:00"),
        ("10:00 UTC", "time", "2026-11-26T11:00+01:00"),
        ("1 July 2027 at 12:00", "time", "2027-07-01T12:00+02:00"),
        ("EUR 1.250,00", "money", "EUR 1250.00"),
        ("1,250 euros", "money", "EUR 1250.00"),
        ("$2.5 million", "money", "USD 2500000.00"),
        ("80k EUR", "money", "EUR 80000.00"),
        ("£3.20", "money", "GBP 3.20"),
        ("2,5 kg", "quantity", "2.5 kg"),
        ("three weeks", "quantity", "3 week"),
        ("half an hour", "quantity", "0.5 h"),
        ("1,000 seats", "quantity", "1000 seat"),
        ("-5 °C", "quantity", "-5 °C"),
        ("call +49 (0)30 901820", "phone", "+4930901820"),
        ("Ada@Lab.Test", "email", "Ada@lab.test"),
        ("see case 4711", "ticket", "#4711"),
        ("inc0012345", "ticket", "INC0012345"),
        ("Müller & Söhne GmbH", "organisation", "müller & söhne gmbh"),
    ],
)
def test_normal_forms_are_the_same_however_it_is_written(text, type, normal):
    assert normals(text, type) == [normal]


@pytest.mark.parametrize(
    "text",
    [
        "If my email is x@y.io then write me.",
        'Someone said "my email is spy@evil.io", which is wrong.',
        "\u201cMy email is spy@evil.io\u201d is what the form had.",
        "Suppose the deadline is 2027-03-01",
        "Unless my address is Berlin",
        "What if my email is x@y.io",
        "Imagine my name is Bob",
        "He asked whether my phone is +49 30 901820",
        "She claims my phone is +49 30 901820",
        "Bob wrote: my name is Bob",
        "Bob says my name is Bob",
        "If it rains, the meeting is on 2027-03-01",
        "> my email is quoted@x.io",
        "We will not move the meeting from Monday to Tuesday",
        "The meeting was never moved from Monday to Tuesday",
        "My meeting has never been moved from Monday to Tuesday",
        "Don't use a@b.io instead of c@d.io",
        "If we move the meeting from Monday to Tuesday, tell me",
        "My email is no longer ada@stone.io",
    ],
)
def test_what_is_supposed_reported_quoted_or_denied_states_nothing(text):
    finds = recognise(text, BERLIN)

    assert finds
    assert {(one.label, one.instead) for one in finds} == {("", None)}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("If you need me, my email is x@y.io", "my email"),
        ('My email is "x@y.io"', "my email"),
        ("As I said, my email is x@y.io", "my email"),
        ("Don't forget that the deadline is 2027-03-01", "deadline"),
        ('They call it "work". My email is x@y.io', "my email"),
    ],
)
def test_what_is_said_beside_is_stated(text, label):
    assert [one.label for one in recognise(text, BERLIN)] == [label]


def test_what_day_it_is_depends_on_where_the_author_is():
    text, auckland = "I leave tomorrow", Scene(BERLIN.now, ZoneInfo("Pacific/Auckland"))

    assert (normals(text, "date"), normals(text, "date", auckland)) == (["2026-11-26"], ["2026-11-27"])


def test_the_order_of_day_and_month_is_the_authors():
    text = "due 02/03/2027"

    assert normals(text, "date", Scene(BERLIN.now, day_first=True)) == ["2027-03-02"]
    assert normals(text, "date", Scene(BERLIN.now, day_first=False)) == ["2027-02-03"]


@pytest.mark.parametrize("text", ["the 30th of February", "February 30", "31.04.2027"])
def test_a_day_that_there_is_not_is_no_day(text):
    assert recognise(text, BERLIN) == ()


def test_members_are_known_by_any_part_of_their_name():
    stone = Participant(UUID(int=7), "bstone", "Wilbur Stone", "editor")
    scene = Scene(BERLIN.now, people=(stone,))

    assert normals("Wilbur knows, and @bstone too. Wilbur Stone!", "person", scene) == ["wilbur stone"] * 2
    assert normals("Wilbur knows, and @bstone too.", "mention", scene) == [str(stone.id)]
    assert normals("Somebody called @nobody", "mention", scene) == ["@nobody"]


def test_spans_count_code_points():
    text = "\U0001f642\U0001f642 Grüße an Anna Müller in Zürich"

    assert [text[one.start : one.end] for one in recognise(text, BERLIN)] == ["Anna Müller", "Zürich"]


@pytest.mark.parametrize(
    "text",
    [
        "My card is 4111 1111 1111 1111",
        "Pay to DE89 3704 0044 0532 0130 00",
        "My SSN is 078-05-1121",
    ],
)
def test_secret_numbers_are_no_entities(text):
    assert recognise(text, BERLIN) == ()


def test_code_that_is_quoted_names_nobody():
    assert [one.normal for one in recognise("```\nname = 'Anna'\nsee src/app.py\n```", BERLIN)] == ["src/app.py"]
    assert [one.normal for one in recognise("Use `Anna` here", BERLIN)] == ["Anna"]


def test_no_two_finds_share_a_letter():
    text = "Mail ada@lab.test at https://lab.test/a@b.c about #12345, 3 kg for $30 on 2026-12-01 in Berlin by Ada Stone"

    found = recognise(text, BERLIN)

    assert len(found) > 6
    assert all(one.end <= other.start for one, other in pairwise(found))


@pytest.mark.parametrize(
    "text",
    [
        "1234567890 " * 10_000,
        "2026-01-01 " * 10_000,
        "tomorrow at 3pm " * 7_000,
        "Ada Lovelace " * 8_000,
        "A" * 100_000,
        "Aa-" * 33_000,
        "a@" * 50_000,
        "#1" * 50_000,
        "1,000.00 " * 11_000,
        "my email is not " * 6_000,
        "/" * 100_000,
        "`" * 100_000,
        "\u2019\u0131\u0130\u200d" * 25_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_text_of_a_hundred_thousand_characters_costs_little(text):
    began = process_time()

    found = recognise(text, BERLIN)

    assert process_time() - began < 1.5
    assert len(found) <= MOST
    assert all(one.end <= LONGEST for one in found)


def test_the_same_text_is_read_the_same():
    text = "Ada Stone from Acme Ltd pays $30 on Friday in Berlin, not Monday."

    assert recognise(text, BERLIN) == recognise(text, BERLIN)


def test_a_recogniser_that_breaks_costs_its_own_finds_alone(settings, caplog):
    settings.ENTITY_MODEL = "no_such_pipeline"

    assert normals("I live in Berlin", "place") == ["berlin"]
    assert "a recogniser broke" in caplog.text


def test_a_model_that_cannot_be_loaded_stops_the_start(settings):
    settings.ENTITY_MODEL = "no_such_pipeline"

    [found] = [message for message in run_checks() if message.id == "switchboard.E012"]

    assert found.hint
    assert "switchboard[nlp]" in found.hint


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.250", "1.250"), ("1,250", "1250"), ("12,5", "12.5"), ("1.250,50", "1250.50"), ("1 000 000", "1000000")],
)
def test_numbers_are_read_with_points_and_commas_as_they_are_meant(text, value):
    assert str(amounts.value(text)) == value


def test_the_command_prints_precision_and_recall(capsys):
    call_command("evalentities", LABELLED, "--labelled")

    assert capsys.readouterr().out.splitlines()[-1].startswith("all")


def test_the_command_reads_rows_with_spans(tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "Dr. Kay in Rome", "spans": [["PERSON", 4, 7], ["GPE", 11, 15], ["TITLE", 0, 3]]}\n')

    call_command("evalentities", path)

    assert [line.split()[:3] for line in capsys.readouterr().out.splitlines()[1:]] == [
        ["person", "1", "1"],
        ["place", "1", "1"],
        ["all", "2", "2"],
    ]


def test_the_command_says_which_line_is_no_row(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "fine"}\n{"words": 1}\n')

    with pytest.raises(CommandError, match="line 2"):
        call_command("evalentities", path)


def test_ranks_name_every_recogniser_once():
    names = [recogniser.__name__ for rank in recognising.RANKS for recogniser in rank]

    assert len(names) == len(set(names))
