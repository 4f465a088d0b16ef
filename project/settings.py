"""All settings, from the environment alone. An empty environment is embedded development on SQLite and memory.

DATABASE_URL and REDIS_URL select production parts; with either of them, or ENVIRONMENT=production, every secret
must be given (`project/checks.py` names what is missing).
"""

from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from project import env, logs

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

REDIS_URL = env.text("REDIS_URL")
ENVIRONMENT = env.text("ENVIRONMENT", "production" if env.text("DATABASE_URL") or REDIS_URL else "development").lower()
if ENVIRONMENT not in {"production", "development"}:
    raise ImproperlyConfigured(f"ENVIRONMENT is {ENVIRONMENT!r}. Set it to production or development, or leave it out.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = False

SECRET_KEY = env.secret("SECRET_KEY", None if PRODUCTION else VAR_DIR)
SIGNING_KEY = env.secret("SIGNING_KEY", None if PRODUCTION else VAR_DIR)
PREVIOUS_SIGNING_KEYS = env.words("PREVIOUS_SIGNING_KEYS")  # they sign nothing; what they have signed is taken
VAULT_KEY = env.secret("VAULT_KEY", None if PRODUCTION else VAR_DIR)  # seals the secrets of experts in their rows
PREVIOUS_VAULT_KEYS = env.words("PREVIOUS_VAULT_KEYS")  # they seal nothing; what they have sealed is opened
METRICS_TOKEN = env.text("METRICS_TOKEN")
HTTPS = env.flag("HTTPS", PRODUCTION)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the plain app would put its own admin site in place of ours
    "project.admin_site.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "project",
    "security",
    "contexts",
    "integrations",
    "dispatch",
    *env.words("EXTRA_APPS"),
]
MIDDLEWARE = [
    "project.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "project.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "security.staff.check_session",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
LOGIN_REDIRECT_URL = "admin:index"
ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
AUTH_USER_MODEL = "security.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database -------------------------------------------------------------------------------------------------------------
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={env.text('SQLITE_SYNCHRONOUS', 'NORMAL')};",
}
POSTGRES_OPTIONS = {
    "connect_timeout": 3,
    # A host that is gone answers nothing, not even with an error: without these a thread waits for it for minutes.
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": "-c statement_timeout=10s -c lock_timeout=5s -c idle_in_transaction_session_timeout=10s",
}


def _database() -> dict[str, Any]:
    found = env.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'switchboard.sqlite3'}")
    sqlite = found["ENGINE"].endswith("sqlite3")
    if sqlite:
        VAR_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    found["OPTIONS"] = (SQLITE_OPTIONS if sqlite else POSTGRES_OPTIONS) | found.get("OPTIONS", {})
    # The persistent threads of `project/pools.py` keep their connections to a file; those to a server are pooled.
    return found | ({"CONN_MAX_AGE": None} if sqlite else {"CONN_MAX_AGE": 0, "ENGINE": "project.postgres"})


DATABASES = {"default": _database()}
# On PostgreSQL a job of procrastinate wakes a process that has room (`dispatch/bell.py`). Only there it has tables.
BELL = DATABASES["default"]["ENGINE"] == "project.postgres"
if BELL:
    INSTALLED_APPS.insert(0, "procrastinate.contrib.django")
POOL_THREADS = {
    "web": env.number("WEB_THREADS", 4),
    "streams": env.number("STREAM_THREADS", 2),
    "steps": env.number("STEP_THREADS", 4),
    "guard": 1,
}
POOL_BACKLOG = 2000
# A connection for each thread that may want one at the same time, so that none waits for another: guard and leases
# must get on beside requests that hold theirs. Eight are for queue timer, timetable, cache watch and periodic jobs.
OWN_CONNECTIONS = sum(POOL_THREADS.values()) + 8
# Handlers may hold a connection as long as they like, and those that hang keep it: they have no part in the above.
HANDLER_CONNECTIONS = env.number("HANDLER_CONNECTIONS", 16)

# Cache and wake-ups ---------------------------------------------------------------------------------------------------
CACHES = {
    "default": {
        "BACKEND": "project.cache.FallbackCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "switchboard",
        "OPTIONS": {
            "MEMORY_ENTRIES": 10_000,
            "MEMORY_BYTES": 32 * 1024 * 1024,
            "SOCKET_CONNECT_TIMEOUT": 0.05,
            "SOCKET_TIMEOUT": 0.05,
        },
    }
}
if REDIS_URL:
    # `project/carrier.py` has the layer block 1 s in BZPOPMIN: a socket timeout as short would cut each idle wait.
    RINGS_HOST = {"address": REDIS_URL, "socket_timeout": 2, "socket_connect_timeout": 1}
    CHANNEL_LAYERS = {
        "rings": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # A process joins each second: who has not for a minute is dead, and is sent to no more.
            "CONFIG": {
                "hosts": [RINGS_HOST],
                "prefix": "switchboard",
                "capacity": 1000,
                "expiry": 10,
                "group_expiry": 60,
            },
        }
    }
else:
    CHANNEL_LAYERS = {}

# Sign-in --------------------------------------------------------------------------------------------------------------
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    *({"NAME": f"security.passwords.{rule}"} for rule in ("NotCommon", "NotEndless", "EndsSessions")),
]
# How often, in how many seconds. `security/limits.py` counts; docs/security.md says of whom.
LIMITS = env.rates(sign_in="100/300", lockout="10/900", account="100/3600", confirm="10/900", callbacks="120/60")
LIMITS |= env.rates(refresh="300/60", keys="20/3600", members="100/3600", messages="12000/60", tries="60/60")
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AXES_HANDLER = "security.lockout.Lockout"  # says what is kept of axes, and why
AXES_LOCKOUT_PARAMETERS, AXES_CLIENT_IP_CALLABLE = [["username", "ip_address"]], "security.sources.source_of"
AXES_RESET_ON_SUCCESS, AXES_DISABLE_ACCESS_LOG, AXES_ENABLE_ADMIN, AXES_VERBOSE = True, True, False, False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # refusals are raised: its middleware would have nothing to do
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
FRESH_SECONDS = env.number("FRESH_SECONDS", 300)
ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
SESSION_IDLE = timedelta(minutes=env.number("SESSION_IDLE_MINUTES", 60))
SESSION_LIFETIME = timedelta(days=env.number("SESSION_LIFETIME_DAYS", 14))
SESSIONS_PER_USER = env.number("SESSIONS_PER_USER", 20)
SESSIONS_KEPT_DAYS = env.number("SESSIONS_KEPT_DAYS", 30)
REFRESH_GRACE = timedelta(seconds=10)
TICKET_LIFETIME = timedelta(seconds=30)
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SIGNING_KEY,
    "ISSUER": "switchboard",
    "AUDIENCE": "switchboard",
    "LEEWAY": 10,
    "USER_ID_CLAIM": "sub",
    "TOKEN_TYPE_CLAIM": "typ",
    "JTI_CLAIM": "jti",
    "ACCESS_TOKEN_LIFETIME": ACCESS_TOKEN_LIFETIME,
    "REFRESH_TOKEN_LIFETIME": SESSION_LIFETIME,
    "UPDATE_LAST_LOGIN": False,
}

# HTTP -----------------------------------------------------------------------------------------------------------------
BODY_LIMIT = env.number("BODY_LIMIT", 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = BODY_LIMIT
HEADER_SECONDS = env.number("HEADER_SECONDS", 10)
REQUEST_SECONDS = env.number("REQUEST_SECONDS", 14)
ANSWER_SECONDS = env.number("ANSWER_SECONDS", 15)
KEEP_ALIVE_SECONDS = env.number("KEEP_ALIVE_SECONDS", 60)
STALL_SECONDS = env.number("STALL_SECONDS", 10)
SOCKETS_PER_USER = env.number("SOCKETS_PER_USER", 20)
SUBSCRIPTIONS_PER_SOCKET = env.number("SUBSCRIPTIONS_PER_SOCKET", 100)
ACK_SECONDS = env.number("ACK_SECONDS", 30)
PING_SECONDS, PONG_SECONDS = env.number("PING_SECONDS", 20), env.number("PONG_SECONDS", 30)
OUTGOING_ALLOW = env.words("OUTGOING_ALLOW")  # network:port each, where calls may go although it is not public
OUTGOING_BODY_LIMIT = env.number("OUTGOING_BODY_LIMIT", 1024 * 1024)  # of an answer to a call of ours
SECURE_CONTENT_TYPE_NOSNIFF, SECURE_REFERRER_POLICY = True, "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_PROXY") else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_SSL_REDIRECT = SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz/", r"^metrics$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "switchboard_admin", "switchboard_csrf"
X_FRAME_OPTIONS = "DENY"
STATIC_URL, WHITENOISE_USE_FINDERS, WHITENOISE_AUTOREFRESH = "/static/", True, False

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["security.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["project.http.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["project.http.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "project.http.Pagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "project.problems.handle",
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Switchboard",
    "DESCRIPTION": "Self-hosted conversation server.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "MemberRoleEnum": "security.models.Role",
        "MessageRoleEnum": "contexts.models.MessageRole",
        "ConversationPolicyEnum": "contexts.models.Policy",
        "RoutePolicyEnum": "dispatch.models.RoutePolicy",
        "RunStateEnum": "dispatch.models.RunState",
        "DelegationStateEnum": "dispatch.delegation_models.DelegationState",
        "PriorityEnum": "dispatch.models.Priority",
    },
}

# Dispatch -------------------------------------------------------------------------------------------------------------
FILTERS = env.words("FILTERS", "shape,secrets,personal,markup,injection,rules,anomaly")
FILTER_MODES = env.pairs("FILTER_MODES")
PERSONAL_ACTION = env.text("PERSONAL_ACTION", "flag")  # or redact
FINDINGS_DAYS = env.number("FINDINGS_DAYS", 90)  # those with a verdict are kept
QUARANTINE_DAYS = env.number("QUARANTINE_DAYS", 7)  # then a held message that nobody decided about is refused
SCREENING_SECONDS = 0.25  # of processor time, for all filters of one text together
MESSAGE_LIMIT = env.number("MESSAGE_LIMIT", 100_000)
METADATA_LIMIT, DATA_LIMIT = 16_384, 100_000  # characters; the latter of strings in data and metadata of a message
QUEUE_LIMIT = 20
RUN_CONCURRENCY = env.number("RUN_CONCURRENCY", 16)
WORKSPACE_CONCURRENCY = env.number("WORKSPACE_CONCURRENCY", 0)
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{env.number('PORT', 8000)}")  # as experts see this server
DELEGATION_CONCURRENCY = env.number("DELEGATION_CONCURRENCY", 8)
PARKED = timedelta(hours=24)  # how long a run waits for an expert, and an expert for an answer
RUN_ATTEMPTS, RUN_DEADLINE = 3, 30
LEASE = timedelta(seconds=10)
CONTEXT_TOKENS = env.number("CONTEXT_TOKENS", 4000)  # of everything; a workspace may have its own
SUMMARISER = env.text("SUMMARISER", "extractive")  # who puts what left the window into words
CONTEXT_SNAPSHOT_BYTES = env.number("CONTEXT_SNAPSHOT_BYTES", 65_536)
TOKENIZER = env.text("TOKENIZER", "o200k_base" if find_spec("rs_bpe") else "estimate")
ENTITY_MODEL = env.text("ENTITY_MODEL", "")  # a spaCy pipeline, with the extra `nlp`
DRAIN_SECONDS = 20
CHECK_EVENTS = env.flag("CHECK_EVENTS", not PRODUCTION)  # against their schemas, before they are written

# Language, logs -------------------------------------------------------------------------------------------------------
LANGUAGE_CODE, USE_I18N = "en", True
TIME_ZONE, USE_TZ = "UTC", True
LOGGING = logs.configuration(as_json=PRODUCTION, level=env.text("LOG_LEVEL", "INFO"))
UNFOLD = {
    "SITE_TITLE": "Switchboard",
    "SITE_HEADER": "Switchboard",
    "SITE_SUBHEADER": "Staff console",
    "SHOW_VIEW_ON_SITE": True,
    "SITE_URL": "/",
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}console/favicon.svg"}],
    "SIDEBAR": {"navigation": "project.admin_site.navigation"},
}
