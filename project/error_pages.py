"""What Django answers when no view does: problem+json below /api/, a page elsewhere."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from project import errors, problems


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page_or_problem(request, errors.BadRequest())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page_or_problem(request, errors.Forbidden())


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page_or_problem(request, errors.NotFound())


def server_error(request: HttpRequest) -> HttpResponse:
    return _page_or_problem(request, errors.SwitchboardError())


def _page_or_problem(request: HttpRequest, error: errors.SwitchboardError) -> HttpResponse:
    if request.path_info.startswith("/api/"):
        return problems.respond(error)
    return render(request, "error.html", {"error": error}, status=error.status)
