"""A workspace in which everything happens that its logs can tell, through the front door; a pause after each step."""

from collections.abc import Iterator
from typing import Any

from tests.dispatch.control import PATH, begun, cancel, ended, said, shown
from tests.dispatch.held import Held
from tests.live import LivePerson, eventually


class Story:
    """Needs tests.control_app, tests.held_app, tests.marked_app. ada owns the workspace, bob is in it; eve comes and
    goes.
    """

    def __init__(self, ada: LivePerson, bob: LivePerson, held: Held) -> None:
        self.ada, self.bob, self.held = ada, bob, held
        self.workspace = ada.http.get(f"{PATH}/workspaces/").json()["results"][0]["id"]
        self.talk = ada.conversation(title="Plans")

    def steps(self) -> Iterator[str]:
        """What has just happened. Nothing changes until the next step is asked for."""
        yield from self._answers()
        yield from self._edits()
        yield from self._reviews()
        yield from self._turns()
        yield from self._waits()
        yield from self._stops()
        yield from self._conversations()
        yield from self._members()

    def _answers(self) -> Iterator[str]:
        ended(self.ada, said(self.ada, self.talk, "text", "The launch is on 9 May."))
        yield "answered"
        self._route("both", ["mender_test", "flaky_test"], kind="test.mender", policy="all")
        ended(self.ada, said(self.ada, self.talk, "test.mender", "0"))
        yield "answered by two"
        broken = said(self.ada, self.talk, "test.break")
        ended(self.ada, broken)
        yield "failed"
        self._again(broken)
        yield "asked again"
        ended(self.ada, said(self.ada, self.talk, "test.flaky", "1"))
        yield "retried"
        self._route("once", ["stubborn_test"], kind="test.stubborn", retries=0)
        ended(self.ada, said(self.ada, self.talk, "test.stubborn"))
        yield "dead"
        self._say_privately()
        yield "answered in private"

    def _edits(self) -> Iterator[str]:
        self.bob.http.patch(self._said("On 8 May."), json={"text": "On 9 May."}).raise_for_status()
        yield "edited"
        self.bob.http.delete(self._said("A slip")).raise_for_status()  # in one step: it changes events of before, too
        yield "deleted from the talk"

    def _reviews(self) -> Iterator[str]:
        waiting = self._hold()
        yield "held"
        self._decide(waiting, "release")
        ended(self.ada, self.ada.http.get(f"{PATH}/messages/{waiting}/").json()["run"])
        yield "released"
        self._decide(self._hold(), "reject")
        yield "not released"

    def _turns(self) -> Iterator[str]:
        group = self.held.group
        first, second, third = (said(self.ada, self.talk, "test.held", f"{group} {n}") for n in range(3))
        self.held.await_begun(1)
        yield "one running, two waiting"
        cancel(self.ada, second)
        yield "one running, one waiting"
        self.held.let_go()
        ended(self.ada, first)
        ended(self.ada, third)
        yield "all answered"

    def _waits(self) -> Iterator[str]:
        people = {"slug": "desk", "name": "Desk", "adapter": "human", "skills": [{"name": "advise"}]}
        body = {"workspace": self.workspace, **people}
        self.ada.http.post(f"{PATH}/experts/", json=body).raise_for_status()
        asked = self.ada.say(self.talk, "Is this lawful?", metadata={"expert": "desk"}).json()["run"]
        eventually(lambda: shown(self.ada, asked)["state"] == "waiting")
        yield "waits for a person"
        cancel(self.ada, asked)
        ended(self.ada, asked)
        yield "waits no more"

    def _stops(self) -> Iterator[str]:
        _, run = begun(self.ada, "test.talk", conversation=self.talk)
        cancel(self.ada, run)
        ended(self.ada, run)
        yield "canceled in mid-answer"
        self._change(self.talk, policy="interrupt")
        _, run = begun(self.ada, "test.finish", conversation=self.talk)
        ended(self.ada, said(self.ada, self.talk, "text", "hello"))
        ended(self.ada, run)
        yield "superseded"

    def _conversations(self) -> Iterator[str]:
        other = self.ada.conversation(metadata={"color": "blue"})
        ended(self.ada, said(self.ada, other, "text", "hello"))
        yield "another conversation"
        self._change(other, title="Old", archived=True)
        yield "archived"
        self._change(other, archived=False, metadata={"color": "green"})
        yield "taken back"
        self.ada.http.delete(f"{PATH}/conversations/{other}/").raise_for_status()
        yield "deleted"

    def _members(self) -> Iterator[str]:
        members = f"{PATH}/workspaces/{self.workspace}/members/"
        added = self.ada.http.post(members, json={"username": "eve", "role": "viewer"}).raise_for_status().json()
        yield "eve has come"
        self.ada.http.patch(f"{members}{added['id']}/", json={"role": "admin"}).raise_for_status()
        yield "eve is an admin"
        self.ada.http.delete(f"{members}{added['id']}/").raise_for_status()
        yield "eve has left"

    def _said(self, text: str) -> str:
        """The path of a message that was answered."""
        return f"{PATH}/messages/{ended(self.bob, said(self.bob, self.talk, 'text', text))['message']}/"

    def _route(self, name: str, handlers: list[str], kind: str, **fields: Any) -> None:
        body = {"workspace": self.workspace, "name": name, "handlers": handlers, "conditions": {"kind": [kind]}}
        self.ada.http.post(f"{PATH}/routes/", json=body | fields).raise_for_status()

    def _again(self, run: str) -> None:
        message = self.ada.http.get(f"{PATH}/runs/{run}/").json()["message"]
        taken = self.ada.http.post(f"{PATH}/messages/{message}/retry", json={"handler": "mender_test"})
        ended(self.ada, taken.raise_for_status().json()["run"])

    def _say_privately(self) -> None:
        told = self.ada.say(self.talk, "Only for me", metadata={"audience": "sender"})
        ended(self.ada, told.raise_for_status().json()["run"])

    def _hold(self) -> str:
        return str(self.bob.say(self.talk, "HOLD ME").raise_for_status().json()["message"])

    def _decide(self, message: str, verb: str) -> None:
        reviews = self.ada.http.get(f"{PATH}/review/").json()["results"]
        [review] = [review["id"] for review in reviews if review["message"]["id"] == message]
        self.ada.http.post(f"{PATH}/review/{review}/{verb}").raise_for_status()

    def _change(self, conversation: str, **fields: Any) -> None:
        self.ada.http.patch(f"{PATH}/conversations/{conversation}/", json=fields).raise_for_status()
