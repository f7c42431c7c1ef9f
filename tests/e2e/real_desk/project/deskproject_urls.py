"""Where the desk under test answers: the helpdesk at the root, the admin beside it."""

from django.contrib import admin  # type: ignore[import-not-found]  # runs in the desk's own environment
from django.urls import include, path  # type: ignore[import-not-found]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("helpdesk.urls", namespace="helpdesk")),
]
