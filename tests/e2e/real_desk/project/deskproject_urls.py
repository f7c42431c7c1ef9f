"""Where the desk under test answers: the helpdesk at the root, the admin and what its operator does beside it."""

import json
import os

from django.contrib import admin  # type: ignore[import-not-found]  # runs in the desk's own environment
from django.core.management import call_command  # type: ignore[import-not-found]
from django.http import HttpRequest, HttpResponse  # type: ignore[import-not-found]
from django.urls import include, path  # type: ignore[import-not-found]
from django.views.decorators.csrf import csrf_exempt  # type: ignore[import-not-found]


@csrf_exempt  # type: ignore[untyped-decorator]
def variables(request: HttpRequest) -> HttpResponse:
    """Sets the desk's environment variables, or takes away those that are null."""
    for name, value in json.loads(request.body).items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    return HttpResponse()


@csrf_exempt  # type: ignore[untyped-decorator]
def get_email(_request: HttpRequest) -> HttpResponse:
    """Runs the command that takes in what is in the mail folder."""
    call_command("get_email")
    return HttpResponse()


urlpatterns = [
    path("admin/", admin.site.urls),
    path("operator/variables/", variables),
    path("operator/get_email/", get_email),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]
