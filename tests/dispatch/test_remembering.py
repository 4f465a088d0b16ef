"""After an answer what left the window is summed up, and put into words where a summariser is named."""

import json
import threading
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks
from django.db import connection, transaction

from contexts import folding, jobs, store, versions
from contexts.knowledge import SummaryPart
from contexts.models import Message
from dispatch import dispatcher, remembering, summarisers
from dispatch.intake import receive
from dispatch.models import Run
from dispatch.submissions import parse
from project import log, pools
from project.models import Event
from tests.contexts.past import past, sentence
from tests.contexts.said import fresh
from tests.marked_app import filters  # noqa: F401 - registers `marked`
from tests.summary_app import summarisers as theirs

pytestmark = pytest.mark.django_db(transaction=True)

WORDS = "Barges carried fruit, timber and salt to six ports."


class Provider(ThreadingHTTPServer):
    """A server on loopback. `answer`: what it says; None hangs, "" breaks."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Words)
        self.asked: list[list[str]] = []
        self.answer: str | None = WORDS
        self.over = threading.Event()


class Words(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(json.loads(body))
        if self.server.answer is None:
            self.server.over.wait(5)
        self.send_response(200 if self.server.answer else 500)
        self.end_headers()
        self.wfile.write(json.dumps({"text": self.server.answer}).encode())

    def log_message(self, *args):
        pass


@pytest.fixture
def provider():
    server = Provider()
    with closing(server.socket):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        theirs.address = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.over.set()
        server.shutdown()


@pytest.fixture
def long(ada, conversation, settings):
    settings.CONTEXT_TOKENS = 600
    past(conversation, ada, {seq: sentence(seq) for seq in range(1, 151)})
    return conversation


@pytest.fixture(autouse=True)
def closed():
    yield
    pools.steps.close()


def ask(author, conversation, text):
    run = receive(parse({"text": text}, None), author.identity, conversation.id).run
    async_to_sync(dispatcher.process)(run, "test")
    return Message.objects.get(role="assistant", reply_to__run=run)


def known():
    summary = store.load(Message.objects.latest("seq")).summary
    assert summary
    return summary


def folded(conversation):
    async_to_sync(remembering.fold)(conversation.id)
    return list(SummaryPart.objects.filter(conversation=conversation).values_list("made_by", "text"))


def test_what_left_the_window_is_summed_up_after_the_answer(ada, long):
    ask(ada, long, "The hydraulic press stands in hall 4.")
    assert fresh(long).folded_until == 63

    told = ask(ada, long, "Please sum up")

    assert "outside my window. What was said before that comes to:" in told.text
    assert "the barge carried" in told.text.partition("comes to:")[2]


def test_the_answer_is_there_before_the_summary_is_made(ada, long, settings, provider):
    settings.SUMMARISER, provider.answer = "over_http", None

    run = receive(parse({"text": "Hello"}, None), ada.identity, long.id).run
    thread = threading.Thread(target=_process, args=[run])
    thread.start()
    ends = time.monotonic() + 20
    while not provider.asked and time.monotonic() < ends:
        time.sleep(0.02)
    state = Run.objects.get(id=run).state
    thread.join()

    assert state == "completed"
    assert provider.asked


def _process(run):
    async_to_sync(dispatcher.process)(run, "test")
    connection.close()


def test_what_was_said_long_ago_is_found_again_and_quoted(ada, long):
    ask(ada, long, "The hydraulic press stands in hall 4.")
    past(long, ada, {seq: sentence(seq) for seq in range(300, 360)})

    told = ask(ada, long, "What did I say about the hydraulic press?")

    assert "“The hydraulic press stands in hall 4.”" in told.text
    press = Message.objects.get(text="The hydraulic press stands in hall 4.")
    assert told.metadata["sources"] == [str(press.id)]
    assert "were outside my window" in told.text


@pytest.mark.parametrize("name", ["over_http", "over_http_in_a_thread"])
def test_a_summariser_puts_parts_into_words(ada, long, settings, provider, name):
    settings.SUMMARISER = name

    assert folded(long) == [(name, WORDS)]

    [asked] = provider.asked
    assert asked[0] == f"ada: {sentence(1)}"
    summary = known()
    assert WORDS in summary.text
    assert summary.made_by == name


@pytest.mark.parametrize("answer", [None, ""])
@pytest.mark.parametrize("name", ["over_http", "over_http_in_a_thread"])
def test_where_it_hangs_or_breaks_sentences_stand(ada, long, settings, provider, name, answer):
    settings.SUMMARISER, provider.answer = name, answer
    began = time.monotonic()

    assert folded(long) == [("extractive", "")]

    assert time.monotonic() - began < 4
    assert "the barge carried" in known().text


@pytest.mark.parametrize("name", ["no_text", "exits", "cancels_itself", "hangs_in_a_thread"])
def test_what_is_no_answer_harms_nothing(long, settings, name):
    settings.SUMMARISER = name

    assert folded(long) == [("extractive", "")]


@pytest.mark.parametrize(
    ("answer", "kept"), [("BLOCK ME", ""), ("HOLD ME", ""), ("Say MASK ME now.", "Say [masked] now.")]
)
def test_its_words_are_screened_like_an_answer(long, settings, provider, answer, kept):
    settings.SUMMARISER, settings.FILTERS, provider.answer = "over_http", ["marked"], answer

    assert [text for _by, text in folded(long)] == [kept]


def test_words_for_messages_that_changed_meanwhile_are_dropped(ada, long, settings, provider):
    folding.fold(long.id)
    part = SummaryPart.objects.get()
    source = folding.source(part.id)
    assert source
    with transaction.atomic():
        log.lock(long.stream)
        folding.spoil(long, [5])
        folding.word(long, source, WORDS, "over_http")
        versions.rise(long.id)
    assert SummaryPart.objects.get().text == ""

    folding.renew()
    with transaction.atomic():
        log.lock(long.stream)
        folding.word(long, source, WORDS, "over_http")

    assert SummaryPart.objects.get().text == ""


def test_a_long_answer_is_cut_visibly(long, settings, provider):
    settings.SUMMARISER, provider.answer = "over_http", "word " * 500

    [(_by, text)] = folded(long)

    assert len(text) <= folding.LONGEST
    assert text.endswith("…")


def test_the_jobs_fold_what_was_left_and_renew_what_changed(ada, long):
    ask(ada, long, "Hello")
    SummaryPart.objects.all().delete()
    long.folded_until = 0
    long.save(update_fields=["folded_until"])

    assert jobs.fold_summaries() == "1 made"
    with transaction.atomic():
        log.lock(long.stream)
        folding.spoil(long, [5])
    assert jobs.renew_summaries() == "1 renewed"
    assert jobs.fold_summaries() == "0 made"
    assert jobs.renew_summaries() == "0 renewed"


def test_a_summariser_that_is_not_there_is_named_at_the_start(settings):
    settings.SUMMARISER = "nobody"

    [found] = [message for message in run_checks() if message.id == "switchboard.E013"]

    assert "nobody" in found.msg
    assert "extractive" in str(found.hint)


@pytest.mark.parametrize(("name", "timeout"), [("extractive", 1), ("", 1), ("n" * 61, 1), ("fine", 0)])
def test_what_could_not_work_is_refused_when_it_is_registered(name, timeout):
    async def write(said):
        return ""

    write.__name__ = name

    with pytest.raises(ValueError, match="summariser"):
        summarisers.register(timeout)(write)


def test_of_steps_at_the_same_time_one_folds(long):
    made = []

    def fold():
        made.append(folding.fold(long.id))
        connection.close()

    threads = [threading.Thread(target=fold) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(len, made)) == [0, 0, 0, 1]
    assert list(SummaryPart.objects.values_list("level", "number")) == [(0, 0)]
    assert Event.objects.filter(stream=long.stream, type="context.updated").count() == 1
