"""Which provider makes the clips and which store keeps the photos, as the settings say; one of each in a process."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from apps.emoji.dashscope import DashScope
from apps.emoji.local_store import LocalStore
from apps.emoji.mock_provider import MockProvider
from apps.emoji.photo_store import PhotoStore
from apps.emoji.provider import Provider


@cache
def provider() -> Provider:
    if not settings.ALIYUN_EMOJI_MOCK:
        return DashScope(settings.DASHSCOPE_API_KEY, settings.DASHSCOPE_BASE_URL, settings.DASHSCOPE_RESULT_HOST_SUFFIX)
    if settings.PRODUCTION:
        raise ImproperlyConfigured(
            "ALIYUN_EMOJI_MOCK makes no emoji anyone would pay for; it does not run in production"
        )
    return MockProvider(photo_store())


@cache
def photo_store() -> PhotoStore:
    return _oss() if settings.OSS_BUCKET else local_store()


@cache
def local_store() -> LocalStore:
    return LocalStore(settings.LOCAL_PHOTO_DIR, settings.PUBLIC_BASE_URL, settings.SECRET_KEY)


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
    )
    return store
