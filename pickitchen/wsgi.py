"""What the web server loads."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from pickitchen.start import require_sound_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

application = get_wsgi_application()
require_sound_settings()

# What is loaded stays. The collector need not look through it, nor look as often as it does for a small program.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
