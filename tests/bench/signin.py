"""How long a refused sign-in takes: an unknown and an inactive account against a wrong password."""

import json
import time
from http.client import HTTPConnection
from statistics import median
from typing import Final

from tests.deployment import Deployment, Server
from tests.outage.report import row
from tests.people import PASSWORD

UNLIMITED: Final = {f"LIMIT_{name}": "1000000/900" for name in ("SIGN_IN", "LOCKOUT", "ACCOUNT", "MESSAGES")}
REFUSED: Final = {"wrong": ("ada", "not the password"), "unknown": ("nobody", PASSWORD), "inactive": ("eve", PASSWORD)}
DEACTIVATE: Final = "from security.models import User; User.objects.filter(username='eve').update(is_active=False)"


def measure(deployment: Deployment, server: Server, times: int) -> list[float]:
    """The ratios of the medians to that of a wrong password. All take turns, after one of each to warm up."""
    deployment.manage("shell", "-c", DEACTIVATE)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    rounds = [{name: _seconds(connection, *given) for name, given in REFUSED.items()} for _ in range(times + 1)]
    connection.close()
    medians = {name: median(taken[name] for taken in rounds[1:]) for name in REFUSED}
    ratios = [medians[name] / medians["wrong"] for name in ("unknown", "inactive")]
    milliseconds = {f"{name}_ms": 1000 * seconds for name, seconds in medians.items()}
    row("refused sign-in", unknown=ratios[0], inactive=ratios[1], **milliseconds, sign_ins=times)
    return ratios


def _seconds(connection: HTTPConnection, username: str, password: str) -> float:
    body = json.dumps({"username": username, "password": password})
    began = time.perf_counter()
    connection.request("POST", "/api/v1/auth/token", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 401, answer.status
    return time.perf_counter() - began
