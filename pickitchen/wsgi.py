"""What the web server loads."""

import gc
import os

from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

from pickitchen.start import require_sound_settings
from pickitchen.unread_body import UnreadBody

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

# Hardly anything of what is loaded becomes garbage: to look for it takes a sixth of the start.
gc.disable()
application = UnreadBody(get_wsgi_application())
require_sound_settings()

# Around every request Django sees to what this process does not have: a list of queries, caches that are connections,
# and, a second time, to the database's connections, which the end of each request has seen to.
request_started.disconnect(reset_queries)
request_started.disconnect(close_old_connections)
request_finished.disconnect(close_caches)

# What is loaded stays. The collector need not look through it, nor look as often as it does for a small program.
gc.freeze()
gc.set_threshold(20_000, 20, 20)
gc.enable()
