"""What a Django project with channels begins with, on the database and Redis that the environment names."""

import os
from datetime import timedelta

from project import env

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "channels",
    "rest_framework",
    "tests.bench.stock",
]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "tests.bench.stock.urls"
ASGI_APPLICATION = "tests.bench.stock.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
}
DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{os.environ['VAR_DIR']}/stock.sqlite3")}
DATABASES["default"].setdefault("OPTIONS", {}).update(
    SQLITE_OPTIONS if DATABASES["default"]["ENGINE"].endswith("sqlite3") else {"pool": {"min_size": 4, "max_size": 20}}
)
REDIS_URL = os.environ.get("REDIS_URL", "")
REDIS_HOST = {"address": REDIS_URL, "socket_timeout": 30}  # else a socket on which nothing happens for 5 s is closed
CHANNEL_LAYERS = {
    "default": {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": [REDIS_HOST]}}
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

SIMPLE_JWT = {"ALGORITHM": "HS256", "SIGNING_KEY": SECRET_KEY, "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10)}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework_simplejwt.authentication.JWTAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "WARNING"}}
