"""Served by daphne's own command."""

import os

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.stock.settings"
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from tests.bench.stock.urls import sockets  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(sockets)})
