"""Client libraries of outside services, loaded with the routes.

PixelTales imports its speech and HTTP clients where its routes are defined, so their weight
arrives with the first HTTP request. No service is configured here: the import is what counts,
because "idle" means something else before and after it.
"""

import requests  # noqa: F401
from google.cloud import texttospeech  # noqa: F401
