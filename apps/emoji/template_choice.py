"""The expression that somebody asks for, if it is theirs to have."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from apps.accounts import vip
from apps.accounts.models import User
from apps.core.errors import DomainError, NotFound
from apps.core.prepared_query import Given, PreparedQuery
from apps.emoji.models import EmojiTemplate

# In their order; the others are read when they are looked at.
ORDERED_BY = ("id", "driven_id", "name", "names", "cover_url", "is_active", "is_vip_only")
_NAMED = PreparedQuery(lambda: EmojiTemplate.objects.filter(driven_id=Given("driven_id")))


class TemplateNotFound(NotFound):
    code = "template_not_found"
    title = "No such template"


class TemplateRetired(DomainError):
    code = "template_retired"
    status = 410
    title = "This template is no longer offered"


class VipRequired(DomainError):
    code = "vip_required"
    status = 403
    title = "This expression is for VIPs"
    param_names = ("template_id",)


def named(driven_id: str) -> EmojiTemplate | None:
    return _NAMED.first(driven_id=driven_id)


def beside() -> Subquery:
    """For a query that is given a `driven_id`: what `named` finds, as `read` reads it."""
    told = JSONObject(**{name: name for name in ORDERED_BY})
    return Subquery(EmojiTemplate.objects.filter(driven_id=Given("driven_id")).values_list(told))


def read(told: dict[str, Any] | None) -> EmojiTemplate | None:
    return EmojiTemplate.from_db(DEFAULT_DB_ALIAS, ORDERED_BY, [told[name] for name in ORDERED_BY]) if told else None


def offered(template: EmojiTemplate | None) -> EmojiTemplate:
    """Raises TemplateNotFound, TemplateRetired."""
    if template is None:
        raise TemplateNotFound
    if not template.is_active:
        raise TemplateRetired
    return template


def offered_to(user: User, template: EmojiTemplate | None) -> EmojiTemplate:
    """Raises TemplateNotFound, TemplateRetired, VipRequired."""
    found = offered(template)
    if found.is_vip_only and not vip.is_vip(user, timezone.now()):
        raise VipRequired(template_id=found.driven_id)
    return found
