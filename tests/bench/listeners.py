"""Run as a module: many followers by SSE that count what they hear, and cost too little to hold up who writes to them.

The first line of its input is where they follow; each further one how many events to wait for. Each is answered.
"""

import json
import resource
import select
import socket
import sys
import time
from typing import Any, Final

from tests.outage.member import ANSWER, READY, Place, request
from tests.ports import LOOPBACK

HEAR_SECONDS: Final = 60.0
PAUSE: Final = 50e-6  # for each of them: time for more to come, so that it is taken in fewer pieces


class Listeners:
    def __init__(self, places: list[Place]) -> None:
        self._open = {one.fileno(): one for one in map(_following, places)}
        self._buffer = bytearray(1024 * 1024)
        self._poll = select.epoll()
        for number in self._open:
            self._poll.register(number, select.EPOLLIN)

    def hear(self, count: int) -> dict[str, float]:
        """`spread`: seconds from when the first piece came to when the last one had; `busy`: its worked part."""
        left, first, rests = count * len(self._open), 0.0, dict.fromkeys(self._open, b"")
        over = time.monotonic() + HEAR_SECONDS
        while left and time.monotonic() < over:
            ready = self._poll.poll(1)
            if ready and not first:
                first, worked = time.monotonic(), time.process_time()
            left -= sum(self._take(number, rests) for number, _ in ready)
            last = time.monotonic()
            time.sleep(PAUSE * len(self._open))
        assert left == 0, f"{left} events lack, or came twice"
        return {"spread": last - first, "busy": (time.process_time() - worked) / (last - first)}

    def _take(self, number: int, rests: dict[int, bytes]) -> int:
        """How many events end in what has come to one of them."""
        size = self._open[number].recv_into(self._buffer)
        assert size, "the server closed a connection"
        found = rests[number] + self._buffer[:size]
        rests[number] = bytes(found[1 - len(ANSWER) :])
        return found.count(ANSWER)


def _following(place: Place) -> socket.socket:
    """Once it follows."""
    opened = socket.create_connection((LOOPBACK, place.port), timeout=HEAR_SECONDS)
    opened.sendall(request(place))
    found = b""
    while READY not in found:
        found += opened.recv(65536)
    return opened


def main() -> None:
    listeners = Listeners([Place(*place) for place in json.loads(sys.stdin.readline())])
    _say("ready")
    for line in sys.stdin:
        _say(listeners.hear(json.loads(line)))


def _say(what: Any) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    main()
