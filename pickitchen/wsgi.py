"""What the web server loads."""

import os

from django.core.wsgi import get_wsgi_application

from pickitchen.start import require_sound_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

application = get_wsgi_application()
require_sound_settings()
