"""Health in detail, for staff: filters, what staff wrote that cannot be read, experts in trouble, where calls go."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from integrations import allowances, health_of_experts
from project import health
from security import access, health_of_filters
from security.api import own_user


class Health(APIView):
    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        access.require_staff(own_user(request))
        told: dict[str, Any] = health.state() | health_of_filters.state()
        told |= allowances.state() | health_of_experts.state()
        return Response(told)
