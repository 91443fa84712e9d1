"""What a WSGI server loads."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from xinyong.foundation import home
from xinyong.website.patience import Patience

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "xinyong.website.settings")
home.folder("static")  # whitenoise warns of a missing STATIC_ROOT
application = Patience(get_wsgi_application())
