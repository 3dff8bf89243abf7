"""What the web server loads."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pickitchen.settings")

application = get_wsgi_application()
# A web server, unlike manage.py, would start with a default secret or a mock in production.
call_command("check")
