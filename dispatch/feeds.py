"""A feed: what one process knows of a log while somebody follows it: how far it was read, unfinished answers."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from dispatch import frames
from dispatch.frames import Frame, Piece
from dispatch.unfinished import Answer
from dispatch.wanted import DELTA, Wanted
from project.bus import Note
from project.cursors import Cursor, Place
from project.models import Event
from project.readers import EVERYBODY, Reader
from project.waiting import happens

MAILBOX: Final = 256
MAILBOX_BYTES: Final = 256 * 1024
ANSWERS: Final = 64  # unfinished ones held per conversation; the rest shows when it is complete
OVER: Final = frozenset({"run.completed", "run.failed", "run.dead", "run.canceled", "run.superseded"})


class Follower:
    """One client's place in a feed. Its mailbox is bounded: who falls behind goes on from the rows.

    `held`: what was read or taken and is not sent yet.
    """

    def __init__(self, reader: Reader = EVERYBODY, wanted: Wanted | None = None) -> None:
        self.reader = reader
        self.wanted = wanted
        self.ended: str | None = None
        self.behind = False
        self.held: deque[Frame] = deque()
        self._mailbox: deque[Frame] = deque()
        self._size = 0
        self._halted = False
        self._bell = asyncio.Event()

    def wants(self, type: str) -> bool:
        return self.wanted is None or type in self.wanted

    def gets(self, event: Event) -> bool:
        return self.reader.sees(event.visible_to) and self.wants(event.type)

    def put(self, frame: Frame) -> None:
        if self._halted:
            self.behind = True
        else:
            self._keep(frame)
        if frame.payload:  # woken for what it may not see, it would put off its heartbeat
            self._bell.set()

    def _keep(self, frame: Frame) -> None:
        self._size += len(frame.payload)
        if self._mailbox and (len(self._mailbox) >= MAILBOX or self._size > MAILBOX_BYTES):
            self._mailbox.clear()
            self._size = len(frame.payload)
            self.behind = True
        self._mailbox.append(frame)

    def take(self) -> deque[Frame]:
        self._bell.clear()
        self.behind = False
        self.held, self._mailbox = self._mailbox, deque()
        self._size = 0
        return self.held

    def halt(self) -> None:
        """Its client takes nothing: let go of every frame and keep none until `resume()`, then go on from the rows."""
        self._halted = self.behind = True
        self.held.clear()
        self._mailbox.clear()
        self._size = 0

    def resume(self) -> None:
        self._halted = False

    async def turn(self) -> None:
        """Wait until its client can be sent something. Before that, nothing for it is taken into the hand."""

    def done(self) -> None:
        """It was sent, or there is nothing to send."""

    async def room(self) -> None:
        """Wait until it may be sent more."""

    def wake(self) -> None:
        self._bell.set()

    def end(self, reason: str) -> None:
        self.ended = self.ended or reason
        self._bell.set()

    async def wait(self, seconds: float) -> bool:
        """False when nothing happened in that time."""
        return await happens(self._bell, seconds)


@dataclass
class Feed:
    stream: str
    epoch: int = 0
    seq: int = -1
    followers: set[Follower] = field(default_factory=set)
    answers: dict[UUID, Answer] = field(default_factory=dict)
    opened: "asyncio.Future[None] | None" = None
    _last_piece: tuple[Piece, Frame] | None = None

    @property
    def head(self) -> Cursor:
        return Cursor(self.epoch, self.seq)

    def publish(self, event: Event) -> None:
        """Hand one durable event to every follower, encoded once."""
        self.seq = event.seq
        self._keep_answers(event)
        frame, passed = frames.durable(event, self.epoch), frames.passed(event.seq)
        for follower in self.followers:
            follower.put(frame if follower.gets(event) else passed)

    def pass_on(self, frame: Frame, user: str = "") -> None:
        """Hand it to who follows now, or to the one `user` alone: it is not stored."""
        for follower in self.followers:
            if follower.wants(frame.type) and user in ("", follower.reader.user):
                follower.put(frame)

    def take_piece(self, note: Note) -> None:
        """Put it into its answer, and tell those who may see that."""
        message = UUID(note["message"])
        answer = self.answer(message, UUID(note["run"]), None, note["attempt"])
        piece = (note["attempt"], note["offset"], note["text"], note.get("visible_to"))
        if answer is not None and answer.take(*piece) and answer.shown:
            self.wake(answer)

    def show_instead(self, note: Note) -> None:
        """Right before its end an answer turns out to be another text: who has seen of it gets that."""
        message, text = UUID(note["message"]), note["text"]
        answer = self.answers.pop(message, None)
        if answer is None or not answer.shown or not answer.text:
            return
        piece = Piece(self.head, self.stream, answer.workspace, answer.run, message, note["attempt"], 0, text)
        frame = replace(frames.delta(piece), seq=0)  # no event: it comes between two
        for follower in self.followers:
            if follower.reader.sees(answer.visible_to) and follower.wants(DELTA):
                follower.put(frame)

    def answer(self, message: UUID, run: UUID, workspace: UUID | None, attempt: int) -> Answer | None:
        """One that is held, or is held from now on; None when there are as many as can be."""
        if message not in self.answers and len(self.answers) >= ANSWERS:
            return None
        return self.answers.setdefault(message, Answer(run, workspace, attempt))

    def wake(self, answer: Answer) -> None:
        """Tell those who may see an answer that there is more of it."""
        for follower in self.followers:
            if follower.reader.sees(answer.visible_to) and follower.wants(DELTA):
                follower.wake()

    def unfinished(
        self, places: dict[UUID, Place], reader: Reader = EVERYBODY, patient: bool = False
    ) -> Iterator[Frame]:
        """What a client that has `places` lacks of each unfinished answer that it may see. Moves the places on.

        Each piece is made when it is asked for: together they may be large. A place beyond what is known here begins
        anew, unless `patient`: another process may have shown more.
        """
        for message in places.keys() - self.answers.keys():
            del places[message]
        for message, answer in list(self.answers.items()):
            if not answer.shown or not reader.sees(answer.visible_to):
                continue
            place = places.get(message)
            offset = place.offset if place and place.attempt == answer.attempt else 0
            if offset > len(answer.text) and not patient:
                offset = 0
            if len(answer.text) > offset:
                places[message] = Place(message, answer.attempt, len(answer.text))
                yield self._piece(message, answer, offset)

    def forget(self, runs: Collection[UUID | None]) -> None:
        """Drop the answers of runs that are over."""
        self.answers = {id: answer for id, answer in self.answers.items() if answer.run not in runs}

    def _piece(self, message: UUID, answer: Answer, offset: int) -> Frame:
        text = answer.text[offset:]
        piece = Piece(self.head, self.stream, answer.workspace, answer.run, message, answer.attempt, offset, text)
        if self._last_piece is None or self._last_piece[0] != piece:
            self._last_piece = (piece, frames.delta(piece))
        return self._last_piece[1]

    def _keep_answers(self, event: Event) -> None:
        if event.type == "run.started" and event.run:
            message = UUID(event.data["reply"])
            answer = self.answer(message, event.run, event.workspace, event.data["attempt"])
            if answer is None:
                return
            answer.workspace = event.workspace  # a note that came first does not say it
            answer.take(event.data["attempt"], 0, "")
            answer.shown = True
        elif event.type == "message.completed" and event.message:
            self.answers.pop(event.message, None)
        elif event.type in OVER:
            self.forget([event.run])
