"""What is asked over HTTP; and the sockets, which channels routes."""

from typing import Any

from django.urls import path

from tests.bench.stock.consumers import ConversationConsumer
from tests.bench.stock.views import MessagesView

urlpatterns = [path("conversations/<int:conversation>/messages/", MessagesView.as_view())]
consumer: Any = ConversationConsumer.as_asgi()
sockets: Any = [path("ws/conversations/<int:conversation>/", consumer)]
