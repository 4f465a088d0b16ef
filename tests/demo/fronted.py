"""Production as `make production-demo` has it: with FRONTED=1 tests that ask for a `server` run against it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from tests.deployment import Deployment, Server
from tests.modes import PRODUCTION
from tests.outage.proxy import Proxy

FRONTED: Final = PRODUCTION and os.environ.get("FRONTED") == "1"


@contextmanager
def fronted(deployment: Deployment) -> Iterator[Server]:
    """Two web processes behind a balancer, and two workers. The first of them, under the balancer's address."""
    servers = [deployment.serve(RUN_CONCURRENCY="0") for _ in range(2)]
    for _ in range(2):
        deployment.work()
    with Proxy(*(server.port for server in servers)) as balancer:
        servers[0].url = f"http://127.0.0.1:{balancer.port}"
        yield servers[0]
