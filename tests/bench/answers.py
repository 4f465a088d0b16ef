"""Answered messages a second, from the POST to the answer that is stored and shown, against stock idioms."""

import json
import subprocess
import sys
from dataclasses import asdict
from statistics import median
from urllib.parse import urlsplit

from tests.bench.senders import Round
from tests.bench.stock_server import Stock, stock
from tests.databases import ROOT
from tests.live import LivePerson
from tests.outage.report import row


def measure(ada: LivePerson, senders: int, rounds: int, seconds: float) -> float:
    """The ratio. Both servers run all the while; rounds of one and of the other take turns, after one to warm up."""
    with stock(senders) as other:
        pair = (_ours(ada, senders, seconds), _theirs(other, seconds))
        for each in pair:
            _run(each)
        results = [tuple(_run(each) for each in pair) for _ in range(rounds)]
    ours, theirs = (
        median(found["answered"] / found["seconds"] for found in side) for side in zip(*results, strict=True)
    )
    client = max(found["client"] for both in results for found in both)
    lost = sum(found["lost"] for _, found in results)
    figures = {
        "switchboard_per_s": ours,
        "stock_per_s": theirs,
        "stock_lost": lost,
        "senders": senders,
        "rounds": rounds,
    }
    row("answered messages", ratio=ours / theirs, **figures, client_core=client)
    return ours / theirs


def _ours(ada: LivePerson, senders: int, seconds: float) -> Round:
    ids = [ada.conversation() for _ in range(senders)]
    talks = [
        (f"/api/v1/conversations/{id}/messages/", "/ws/v1/", {"op": "subscribe", "stream": f"conversation:{id}"})
        for id in ids
    ]
    return Round(urlsplit(ada.url).port or 0, ada.tokens["access"], list(talks), seconds)


def _theirs(other: Stock, seconds: float) -> Round:
    talks = [(f"/conversations/{id}/messages/", f"/ws/conversations/{id}/", None) for id in other.conversations]
    return Round(other.port, other.token, list(talks), seconds)


def _run(round: Round) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.senders", json.dumps(asdict(round))]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    found: dict[str, float] = json.loads(done.stdout)
    return found
