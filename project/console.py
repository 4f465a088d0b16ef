"""The console: one page for users. It needs no database; its script signs in and reads through the API."""

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    # Rendered without the request: context processors would read the admin's session.
    return HttpResponse(render_to_string("console.html"), headers={"Cache-Control": "no-cache"})
