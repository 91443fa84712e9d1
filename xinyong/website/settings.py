"""Settings of the processes that serve, run jobs or prepare the database.

Wagtail costs every start a third of a second, so commands that don't need it go without
(`foundation.setup.django`).
"""

from __future__ import annotations

from xinyong.foundation import home
from xinyong.foundation.settings import *  # noqa: F403  the settings of all processes
from xinyong.foundation.settings import INSTALLED_APPS as BASE_APPS

INSTALLED_APPS = [
    *BASE_APPS,
    "xinyong.website.content",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
]
MEDIA_ROOT = home.folder("media")
MEDIA_URL = "/c/media/"
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000  # a long article is that many form fields

WAGTAIL_SITE_NAME = "信用潼南"
WAGTAILADMIN_BASE_URL = "http://localhost"
WAGTAIL_CONTENT_LANGUAGES = [("zh-hans", "简体中文")]
WAGTAILADMIN_PERMITTED_LANGUAGES = WAGTAIL_CONTENT_LANGUAGES
WAGTAIL_DATE_FORMAT = "%Y-%m-%d"
WAGTAIL_DATETIME_FORMAT = "%Y-%m-%dT%H:%M"  # what the browser's own picker reads and writes
WAGTAIL_ALLOW_UNICODE_SLUGS = False
WAGTAIL_I18N_ENABLED = False
WAGTAIL_ENABLE_UPDATE_CHECK = False  # closed networks
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_AUTOSAVE_INTERVAL = 0  # a draft changes when its author says so
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAIL_WORKFLOW_REQUIRE_REAPPROVAL_ON_EDIT = True  # an approval is of one text
WAGTAIL_FINISH_WORKFLOW_ACTION = "xinyong.website.content.finish.publish"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_SLIM_SIDEBAR = False
WAGTAILEMBEDS_FINDERS: list[object] = []  # nothing is fetched from elsewhere
WAGTAILIMAGES_IMAGE_MODEL = "content.Picture"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILDOCS_DOCUMENT_MODEL = "content.File"
WAGTAILDOCS_EXTENSIONS = ["pdf", "xlsx", "docx", "csv", "txt", "zip", "mp4", "webm", "vtt"]
WAGTAILSEARCH_BACKENDS = {
    "default": {"BACKEND": "xinyong.website.content.search_backend", "SEARCH_CONFIG": "simple"}
}
