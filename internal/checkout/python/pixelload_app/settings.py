"""The checkout's own settings, with what a trial decides in their place.

DJANGO_SETTINGS_MODULE names this module, PIXELLOAD_SETTINGS the checkout's own. REPLACED lists
what the checkout would have had otherwise.
"""

import importlib
import os

from pixelload_app import overrides

_own = importlib.import_module(os.environ["PIXELLOAD_SETTINGS"])
globals().update({name: getattr(_own, name) for name in dir(_own) if name.isupper()})
REPLACED = overrides.apply(globals(), os.environ)
