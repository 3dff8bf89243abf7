"""Which provider makes the clips and which store keeps the photos, as the settings say; one of each in a process."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from apps.emoji import provider_accounts
from apps.emoji.dashscope import DashScope
from apps.emoji.guarded_provider import GuardedProvider
from apps.emoji.local_store import LocalStore
from apps.emoji.mock_provider import MockProvider
from apps.emoji.photo_store import PhotoStore
from apps.emoji.provider import Provider


@cache
def provider() -> Provider:
    """With the first of the accounts. Raises AccountRemoved when there is none."""
    return _provider(provider_accounts.named("").name)


def provider_name() -> str:
    """Of the vendor, whichever account is used."""
    return MockProvider.name if settings.ALIYUN_EMOJI_MOCK else DashScope.name


def provider_of(account: str) -> Provider:
    """With the account of this name. Raises AccountRemoved."""
    name = provider_accounts.named(account).name
    return provider() if name == provider_accounts.named("").name else _provider(name)


@cache
def _provider(account: str) -> Provider:
    if settings.ALIYUN_EMOJI_MOCK and settings.PRODUCTION:
        raise ImproperlyConfigured(
            "ALIYUN_EMOJI_MOCK makes no emoji anyone would pay for; it does not run in production"
        )
    if settings.ALIYUN_EMOJI_MOCK:
        return MockProvider(photo_store())
    used = provider_accounts.named(account)
    dashscope = DashScope(
        used.api_key,
        settings.DASHSCOPE_BASE_URL,
        settings.DASHSCOPE_RESULT_HOST_SUFFIX,
        call_timeout=settings.DASHSCOPE_CALL_SECONDS,
        download_timeout=settings.DASHSCOPE_DOWNLOAD_SECONDS,
    )
    return GuardedProvider(dashscope, used.name, used.limits) if used.limits else dashscope


@cache
def photo_store() -> PhotoStore:
    return _oss() if settings.OSS_BUCKET else local_store()


@cache
def local_store() -> LocalStore:
    return LocalStore(settings.LOCAL_PHOTO_DIR, settings.PUBLIC_BASE_URL, settings.SECRET_KEY)


def forget() -> None:
    """Make them anew from the settings as they are now."""
    for made in (provider, _provider, photo_store, local_store):
        made.cache_clear()


def _oss() -> PhotoStore:
    # oss2 takes more than a second to import, which only those pay who use it.
    store: PhotoStore = import_string("apps.emoji.oss.OssStore")(
        bucket=settings.OSS_BUCKET,
        region=settings.OSS_REGION,
        endpoint=settings.OSS_ENDPOINT,
        public_endpoint=settings.OSS_PUBLIC_ENDPOINT or settings.OSS_ENDPOINT,
        public_endpoint_is_cname=settings.OSS_PUBLIC_ENDPOINT_IS_CNAME,
        access_key_id=settings.OSS_ACCESS_KEY_ID,
        access_key_secret=settings.OSS_ACCESS_KEY_SECRET,
        silent_seconds=settings.OSS_SILENT_SECONDS,
        call_seconds=settings.OSS_CALL_SECONDS,
    )
    return store
