"""HTTP between processes of this machine."""

import requests


def loopback_session() -> requests.Session:
    """Without the proxies and logins of the person's environment: they are for the world outside."""
    session = requests.Session()
    session.trust_env = False
    return session
