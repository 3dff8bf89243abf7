"""Refresh tokens that were shown again, and devices that still log in by their id alone."""

from apps.core import metrics

refresh_reuse = metrics.counter(
    "pk_refresh_reuse", "Refresh tokens shown again after their time; the sessions they kept open were ended"
)
bare_logins = metrics.counter("pk_login_bare", "Logins by the device id alone, while DEVICE_AUTH_MODE is compat")
