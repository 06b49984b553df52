"""Settings, from the environment alone: a variant is a set of variables, never a code change."""

import os
from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from pixeltales.databases import database_from
from pixeltales.layers import channel_layers

BASE_DIR = Path(__file__).resolve().parent.parent

if not os.environ.get("SECRET_KEY"):
    raise ImproperlyConfigured("SECRET_KEY is not set: it signs the tokens, so choose one")

SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1").split(",")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "rest_framework_simplejwt",
    "corsheaders",
    "channels",
    "storybook",
]

MIDDLEWARE = [
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "pixeltales.urls"
ASGI_APPLICATION = "pixeltales.asgi.application"
WSGI_APPLICATION = "pixeltales.wsgi.application"

DATABASES = {"default": database_from(os.environ, BASE_DIR)}
CHANNEL_LAYERS = channel_layers(os.environ)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# 0 reads the word list from the database at every call.
WORD_CACHE_SECONDS = int(os.environ.get("PIXELTALES_WORD_CACHE_SECONDS", "0"))

# Three remedies for what the lists of stories cost; the application has none of them.
DEFER_IMAGES = os.environ.get("PIXELTALES_DEFER_IMAGES", "0") == "1"
LARGEST_PAGE = int(os.environ.get("PIXELTALES_LARGEST_PAGE", "100"))
COLLECT_ABOVE_BYTES = int(os.environ.get("PIXELTALES_COLLECT_ABOVE_BYTES", "0"))  # 0: never

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework_simplejwt.authentication.JWTAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 20,
}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(days=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=365),
    "ROTATE_REFRESH_TOKENS": True,
}

CORS_ALLOWED_ORIGINS = ["http://localhost:3000"]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
