"""The ASGI application: streams and sockets go to `dispatch`, everything else to Django.

`manage.py serve` starts the parts beside it; under another ASGI server its lifespan does.
"""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
django.setup(set_prefix=False)

from typing import Any  # noqa: E402

from channels.routing import ProtocolTypeRouter  # noqa: E402

from dispatch import sse  # noqa: E402
from dispatch.consumers import SocketConsumer  # noqa: E402
from project.handler import OneHopHandler  # noqa: E402
from project.lifespan import lifespan  # noqa: E402

_django = OneHopHandler()
_socket = SocketConsumer.as_asgi()


async def http(scope: Any, receive: Any, send: Any) -> None:
    await (sse.stream if sse.wanted(scope) else _django)(scope, receive, send)


async def websocket(scope: Any, receive: Any, send: Any) -> None:
    if scope["path"] == "/ws/v1/":
        await _socket(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 4404})


application = ProtocolTypeRouter({"http": http, "websocket": websocket, "lifespan": lifespan})
