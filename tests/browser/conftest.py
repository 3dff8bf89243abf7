"""A member of staff with a real browser in front of the back-office."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

from apps.accounts.models import User

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
PICTURES = Path(__file__).resolve().parents[2] / "var" / "screenshots"
WIDTHS = {"desk": 1280, "phone": 390}
# Of a machine that is ten times slower than usual, or as busy.
PATIENCE_MS = 60_000
NO_CHROMIUM = "these tests need Chromium: apt-get install chromium"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """Playwright keeps an event loop in this thread, in which Django would refuse to ask the database."""
    assert CHROMIUM, NO_CHROMIUM
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def foreign() -> list[str]:
    """Addresses of other hosts that a page asked for; there must be none."""
    return []


@pytest.fixture
def broken() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture
def window(
    chromium: Browser, live_server: Any, settings: Any, foreign: list[str], broken: list[str]
) -> Iterator[BrowserContext]:
    """A browser without any cookie."""
    settings.PUBLIC_BASE_URL = live_server.url
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    own = urlsplit(live_server.url).netloc

    def note(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and urlsplit(request.url).netloc != own:
            foreign.append(request.url)

    context.on("request", note)
    context.on("weberror", lambda error: broken.append(str(error.error)))
    context.on("console", lambda message: broken.append(message.text) if message.type == "error" else None)
    yield context
    context.close()
    assert foreign == []
    assert broken == []


@pytest.fixture
def page(window: BrowserContext, live_server: Any, settings: Any, transactional_db: None) -> Page:
    """Logged in as a superuser."""
    boss = User.objects.create_superuser("boss", "a-long-password-here")
    client = Client()
    client.force_login(boss)
    name = settings.SESSION_COOKIE_NAME
    window.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    return window.new_page()


@pytest.fixture
def look(page: Page) -> Callable[[str, str], None]:
    """Keeps pictures of a page: on a desk and on a phone, by day and by night; nothing hangs over its edge."""

    def at(address: str, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for width_name, width in WIDTHS.items():
            for theme in ("light", "dark"):
                show(page, address, width, theme)
                page.screenshot(path=PICTURES / f"{name}-{width_name}-{theme}.png", full_page=True)
                assert overhang(page) <= 0, f"{name} is too wide for {width} px"

    return at


def show(page: Page, address: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    answer = page.goto(address)
    assert answer is not None
    assert answer.ok, f"{address}: {answer.status}"
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.classList.contains('dark')") is (theme == "dark")


def overhang(page: Page) -> int:
    """Pixels that one would have to scroll sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
