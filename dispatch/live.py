"""What a process that serves streams runs on the loop of its sockets: one hub and one guard; and who has sockets."""

import asyncio

from dispatch.guard import Guard
from dispatch.hub import Hub
from dispatch.seats import Seats
from project.errors import Unavailable


class NotServing(Unavailable):
    code = "not_serving"
    title = "This process does not serve streams"


class Live:
    """Hub and guard of this process. `start()` on the loop of the sockets; the tasks it returns are the caller's."""

    hub: Hub
    guard: Guard

    def __init__(self) -> None:
        self.started = False
        self.seats = Seats()

    def start(self) -> list["asyncio.Task[None]"]:
        self.hub, self.guard = Hub(), Guard()
        self.started = True
        return [asyncio.create_task(self.hub.run()), asyncio.create_task(self.guard.run())]

    def stop(self, reason: str) -> None:
        if self.started:
            self.hub.stop(reason)


live = Live()
