"""The root of all routes, loaded at the first HTTP request and not before."""

from django.contrib import admin
from django.urls import include, path

import storybook.outside_services  # noqa: F401  its import is its work

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("storybook.urls")),
]
