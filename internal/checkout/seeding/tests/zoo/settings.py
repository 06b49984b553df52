"""Settings of the tests: one SQLite file, or none."""

import os

if "ZOO_GREETING" in os.environ:
    print(os.environ["ZOO_GREETING"])

SECRET_KEY = "only-the-tests-know-this-secret-key"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "zoo"]
AUTH_USER_MODEL = "zoo.Keeper"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("ZOO_DATABASE", ":memory:"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
CATALOGUE_IS_GONE = False
