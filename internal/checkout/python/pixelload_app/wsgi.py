"""The checkout's WSGI application, which PIXELLOAD_WSGI names as MODULE:APPLICATION.

Each of gunicorn's workers imports this module.
"""

import os
from importlib import import_module

from django.conf import settings

settings.INSTALLED_APPS  # noqa: B018  read now: an application that names its own settings is too late

module, name = os.environ["PIXELLOAD_WSGI"].split(":")
application = getattr(import_module(module), name)
