"""HTTP alone, as gunicorn serves it: the variant without sockets."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pixeltales.settings")
application = get_wsgi_application()
