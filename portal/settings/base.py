"""What every installation shares. Everything that differs comes from the environment (README lists it)."""

import logging
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import structlog
from csp.constants import NONCE, NONE, SELF
from environs import Env
from kombu import Queue

from portal.schedule import QUEUES, TIMETABLE

env = Env()
ROOT = Path(__file__).resolve().parent.parent.parent
VAR = Path(env.str("BANYAN_VAR", "") or ROOT / "var").resolve()

# --- secrets ---------------------------------------------------------------------------------------------------
SECRET_KEY = env.str("SECRET_KEY")
# "2:BASE64,1:BASE64": the first key seals, the others still open what they sealed.
FIELD_KEYS: list[str] = env.list("FIELD_KEYS")
BLIND_INDEX_KEY = env.str("BLIND_INDEX_KEY")

# --- brand -----------------------------------------------------------------------------------------------------
INSURER_NAME = {"zh-hans": env.str("INSURER_NAME_ZH", "榕树人寿"), "en": env.str("INSURER_NAME_EN", "Banyan Life")}
POINTS_NAME = {"zh-hans": env.str("POINTS_NAME_ZH", "榕豆"), "en": env.str("POINTS_NAME_EN", "Banyan Beans")}
HOTLINE = env.str("HOTLINE", "95500")

# --- application -----------------------------------------------------------------------------------------------
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", [])
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "members.Member"
AUTHENTICATION_BACKENDS = ["members.backends.MobileBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# auth.W004: a mobile number is encrypted; its blind index is what is unique.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

INSTALLED_APPS = [
    "portal",
    "notifications",
    "benefits",
    "points",
    "members",
    "wagtail.contrib.settings",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.idp.oidc",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.weixin",
    "allauth.usersessions",
    "members.signin",
    "anymail",
    "django_filters",
    "ninja",
    "pgtrigger",
    "django_htmx",
    "django_structlog",
    "django_prometheus",
    "csp",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    # Before request.user is there: it would freeze it, and allauth could not put the app's member in its place.
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.signin.last_seen.LastSeen",
    "portal.staff_second_factor.StaffSecondFactor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.asking_again.AskAgain",
    "portal.typed.GiveBack",
    "portal.never_kept.NeverKept",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
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
                "portal.context.brand",
                "portal.context.shell",
            ],
        },
    }
]

FORM_RENDERER = "portal.forms.PartsRenderer"

# --- data ------------------------------------------------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": env.dj_db_url(
        "DATABASE_URL",
        conn_max_age=env.int("DATABASE_CONN_MAX_AGE", 600),
        conn_health_checks=True,
        # A pooler that lends a connection for one transaction (PgBouncer) can't keep a cursor beyond it.
        disable_server_side_cursors=env.bool("DISABLE_SERVER_SIDE_CURSORS", False),
    ),
}
STORAGES = {
    # Letters, imports and their rejects: private, never under a public address.
    "default": {"BACKEND": "members.storage.SealedFileSystemStorage", "OPTIONS": {"location": VAR / "private"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "private"
CACHES = {
    # allauth keeps in it what another process must find: a partner's authorization codes, codes of apps that were used.
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"},
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# --- language and time -----------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "portal" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# --- work ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
if CELERY_BROKER_URL.startswith("redis"):
    # What a worker took and did not finish is handed out again after this many seconds.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
_quorum = {"x-queue-type": "quorum"} if CELERY_BROKER_URL.startswith("amqp") else None
CELERY_TASK_QUEUES = [Queue(name, queue_arguments=_quorum) for name in QUEUES]
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
# A task is only a nudge: the database knows what is to be done, and the sweeper nudges again.
CELERY_TASK_IGNORE_RESULT = True
# So a dead connection is replaced once, and a dead broker isn't waited for: somebody's request would wait with us.
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Connections to the database live as long as a web process's do (portal.celery), not for one task.
CELERY_DB_REUSE_MAX = 10**9
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BEAT_SCHEDULE = TIMETABLE
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "beat")
CELERY_TIMEZONE = TIME_ZONE

# --- the face: who looks, who compares, whose photos (docs/face.md) --------------------------------------------
FACE_LIVENESS = env.str("FACE_LIVENESS", "members.face.liveness.LocalLiveness")
FACE_MATCHER = env.str("FACE_MATCHER", "members.face.matching.LocalMatcher")
FACE_REFERENCE_PHOTOS = env.str("FACE_REFERENCE_PHOTOS", "members.face.photos.StoredPhotos")
FACE_SERVICE_URL = env.str("FACE_SERVICE_URL", "")
FACE_SERVICE_SECRET = env.str("FACE_SERVICE_SECRET", "")
# A file that `manage.py calibrate_faces` wrote, in place of the thresholds that are shipped.
FACE_THRESHOLDS = env.str("FACE_THRESHOLDS", "")
# Under 14 there is no face check, unless a guardian has agreed and this says that it may be so.
FACE_OF_MINORS = env.bool("FACE_OF_MINORS", False)

# --- Wagtail ---------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Banyan"
WAGTAILADMIN_USER_LOGIN_FORM = "portal.staff_login.StaffLoginForm"
WAGTAILADMIN_BASE_URL = env.str("BASE_URL", "http://localhost:8000")
WAGTAIL_I18N_ENABLED = True
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES
WAGTAILADMIN_PERMITTED_LANGUAGES = LANGUAGES
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
TAGGIT_CASE_INSENSITIVE = True

# --- security --------------------------------------------------------------------------------------------------
SESSION_ENGINE = "members.signin.session_store"
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
CSRF_FAILURE_VIEW = "portal.views.errors.form_expired"
X_FRAME_OPTIONS = "SAMEORIGIN"
CONTENT_SECURITY_POLICY = {
    # Wagtail's admin sets its own inline scripts and styles, so it stands outside.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [SELF],
    },
}

# --- logs: structured, with a request or task id, without personal data ---------------------------------------
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
# A nudge every two seconds is no news; failures and retries are logged all the same.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
_before: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            "foreign_pre_chain": _before,
        },
        "readable": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
            ],
            "foreign_pre_chain": _before,
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_before,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

# --- accounts --------------------------------------------------------------------------------------------------
# After a change of phone nothing risky is done for so long: whoever took a phone is found out by then.
COOLING_AFTER_CHANGE = timedelta(hours=env.int("COOLING_AFTER_CHANGE_HOURS", 24))
# So long an account can be kept by signing in once more; and so long a copy of one's data can be fetched.
CLOSURE_COOLING_OFF = timedelta(days=env.int("CLOSURE_COOLING_OFF_DAYS", 15))
DATA_COPY_LASTS = timedelta(days=7)

# --- signing in: members.signin tells allauth of our accounts -------------------------------------------------
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "front"
ACCOUNT_ADAPTER = "members.signin.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"phone"}
ACCOUNT_SIGNUP_FIELDS = ["phone*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "front"
# allauth counts in the cache of one process; ours are counted in the database (members.actions.count_attempt).
ACCOUNT_RATE_LIMITS = False
ACCOUNT_USER_DISPLAY = "members.signin.account_adapter.display_name"
HEADLESS_CLIENTS = ["app"]
MFA_ADAPTER = "members.signin.mfa_adapter.MFAAdapter"
MFA_FORMS = {"authenticate": "portal.sign_in_forms.CountedAuthenticateForm"}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
# Authenticator apps on phones whose clock is half a minute off.
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "members.signin.social_adapter.SocialAdapter"
SOCIALACCOUNT_PROVIDERS = {"weixin": {"provider_class": "members.signin.wechat.provider.WeChatProvider"}}
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
IDP_OIDC_ADAPTER = "members.signin.oidc_adapter.OIDCAdapter"
# PEM of an RSA key; in an environment file its line ends may be written as \n.
IDP_OIDC_PRIVATE_KEY = env.str("OIDC_SIGNING_KEY", "").replace("\\n", "\n")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# One address of a mobile network is shared by many people.
SIGN_INS_PER_ADDRESS_PER_HOUR = env.int("SIGN_INS_PER_ADDRESS_PER_HOUR", 200)
# How many proxies of ours stand before the platform: X-Forwarded-For is believed so far.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", 0)

# --- rewards ---------------------------------------------------------------------------------------------------
# Who tops up phones and memberships; empty: nobody, and such rewards are not offered.
TOPUP_PROVIDER = env.str("TOPUP_PROVIDER", "")
TOPUP_URL = env.str("TOPUP_URL", "")
TOPUP_SECRET = env.str("TOPUP_SECRET", "")

# --- visits ----------------------------------------------------------------------------------------------------
# Providers with a booking system of their own are told of bookings through one adapter; empty: nobody is.
VISIT_SYSTEM = env.str("VISIT_SYSTEM", "")
VISIT_SYSTEM_URL = env.str("VISIT_SYSTEM_URL", "")
VISIT_SYSTEM_SECRET = env.str("VISIT_SYSTEM_SECRET", "")

# --- API -------------------------------------------------------------------------------------------------------
# Of one key. Counted in the cache: where it is not shared, each web process counts for itself.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 600)

# --- channels --------------------------------------------------------------------------------------------------
SANDBOX_URL = env.str("SANDBOX_URL", "")
SANDBOX_SECRET = env.str("SANDBOX_SECRET", SECRET_KEY)
PRINT_FOLDER = Path(env.str("PRINT_FOLDER", "") or VAR / "print")
LETTER_SIGNING_KEY = env.str("LETTER_SIGNING_KEY", "")  # a PKCS#12 file; empty: one is made for this installation
LETTER_SIGNING_PASSWORD = env.str("LETTER_SIGNING_PASSWORD", "")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
# Keys of a mail provider whose API the backend calls, and the WEBHOOK_SECRET that its reports of bounces show.
ANYMAIL: Any = env.json("ANYMAIL", {})
EMAIL_HOST = env.str("EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = env.int("EMAIL_PORT", 8025)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "service@banyan.example")
# The insurer's service account at WeChat: what is sent there goes to the identities that people have at it.
WECHAT_APPID = env.str("WECHAT_APPID", "wx-banyan-demo")
# Signing in through WeChat: inside it by the service account, elsewhere by the QR code of the website application.
WECHAT_SECRET = env.str("WECHAT_SECRET", "")
WECHAT_WEB_APPID = env.str("WECHAT_WEB_APPID", "")
WECHAT_WEB_SECRET = env.str("WECHAT_WEB_SECRET", "")
WECHAT_OPEN_URL = env.str("WECHAT_OPEN_URL", "https://open.weixin.qq.com")
WECHAT_API_URL = env.str("WECHAT_API_URL", "https://api.weixin.qq.com")
# Hours (Asia/Shanghai) in which nothing that may wait is pushed.
QUIET_FROM = env.time("QUIET_FROM", time(21))
QUIET_TO = env.time("QUIET_TO", time(8))
# How many messages that may be refused one person gets pushed in a day.
DAILY_CAP = env.int("DAILY_CAP", 3)
