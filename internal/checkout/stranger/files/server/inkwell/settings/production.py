"""All of it together, as it is deployed."""

from .api import *  # noqa: F403
from .apps import *  # noqa: F403
from .base import *  # noqa: F403
from .services import *  # noqa: F403
from .stores import *  # noqa: F403
