"""The product's paths, and two that break: a URLconf for tests of what happens then."""

from django.db import OperationalError
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from project import urls


class BrokenView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request):
        raise ZeroDivisionError("the secret of the view")

    def post(self, request):
        return Response({"number": 2**70})  # more than the renderer writes


class OutageView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request):
        raise OperationalError("connection to the secret host refused")


def page(request):
    raise ZeroDivisionError("the secret of the page")


urlpatterns = [
    path("api/v1/broken", BrokenView.as_view()),
    path("api/v1/outage", OutageView.as_view()),
    path("broken", page),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = urls.handler400, urls.handler403, urls.handler404, urls.handler500
