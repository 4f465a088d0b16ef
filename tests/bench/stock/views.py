"""Stores a message and has it answered by a task in the background."""

from asgiref.sync import async_to_sync
from rest_framework import status
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tests.bench.stock import answers
from tests.bench.stock.models import Conversation
from tests.bench.stock.serializers import MessageSerializer, shown


class MessagesView(APIView):
    def post(self, request: Request, conversation: int) -> Response:
        found = get_object_or_404(Conversation, pk=conversation, members=request.user)
        serializer = MessageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        message = serializer.save(conversation=found, author=request.user, role="user")
        async_to_sync(answers.received)(found.group, message.pk, shown(message))
        return Response(serializer.data, status=status.HTTP_202_ACCEPTED)
