"""People and their devices."""

from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

from apps.core.models import SnowflakeModel
from apps.core.prepared_query import Given, PreparedQuery


class UserQuerySet(models.QuerySet["User"]):
    def vips(self, at: datetime) -> Self:
        return self.filter(Q(vip_is_lifetime=True) | Q(vip_expires_at__gt=at))

    def locked(self, user_id: int) -> "User":
        """The user, ours until the transaction ends; for what one request at a time may decide about a user."""
        user = _LOCKED.first(user_id=user_id)
        if user is None:
            raise User.DoesNotExist
        return user


_LOCKED: "PreparedQuery[User]" = PreparedQuery(
    lambda: User.objects.select_for_update(no_key=True).filter(id=Given("user_id"))
)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def vips(self, at: datetime) -> UserQuerySet:
        return self.get_queryset().vips(at)

    def locked(self, user_id: int) -> "User":
        return self.get_queryset().locked(user_id)

    def create_user(self, username: str | None = None, password: str | None = None, **fields: object) -> "User":
        user = self.new_user(username, password, **fields)
        user.save(using=self._db)
        return user

    def new_user(self, username: str | None = None, password: str | None = None, **fields: object) -> "User":
        """Not stored yet."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, SnowflakeModel):
    """A device user has no username and no usable password; a staff user has both, and no device.

    `vip_expires_at`, which may be past, and `vip_is_lifetime` say until when; whether somebody is VIP, `vip.is_vip`
    tells for a time.
    """

    username = models.CharField(max_length=150, unique=True, null=True, blank=True)
    nickname = models.CharField(max_length=64, blank=True)
    locale = models.CharField(max_length=16, default="en", db_default="en", help_text="BCP 47")
    timezone = models.CharField(max_length=64, default="UTC", db_default="UTC", help_text="IANA")
    avatar_key = models.CharField(
        max_length=200, blank=True, default="", db_default="", help_text="in the photo store; empty for none"
    )
    profile_version = models.PositiveIntegerField(default=1, db_default=1)
    billing_user_id = models.UUIDField(
        unique=True, default=uuid4, editable=False, help_text="The App User ID that the app gives RevenueCat."
    )
    vip_expires_at = models.DateTimeField(null=True, blank=True)
    vip_is_lifetime = models.BooleanField(default=False)
    is_tester = models.BooleanField(default=False, help_text="Sandbox purchases count for this user in production.")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True, help_text="False for who is suspended or gone.")
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_until = models.DateTimeField(null=True, blank=True, help_text="null is for good")
    suspension_reason = models.CharField(max_length=500, blank=True, db_default="")
    deletion_due_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    token_version = models.PositiveIntegerField(default=1, db_default=1, help_text="tokens with another one are dead")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    never_audited: ClassVar[frozenset[str]] = frozenset({"nickname", "avatar_key"})

    class Meta:
        permissions = (("suspend_user", "Can suspend a user"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(is_staff=False, is_superuser=False) | Q(username__isnull=False),
                name="staff_have_a_username",
            ),
            models.CheckConstraint(
                condition=Q(suspended_at__isnull=True, suspended_until__isnull=True, suspension_reason="")
                | Q(suspended_at__isnull=False, is_active=False) & ~Q(suspension_reason=""),
                name="suspension_has_a_reason",
            ),
        )
        indexes = (
            # Suspensions that end by themselves.
            models.Index(
                fields=("suspended_until",), condition=Q(suspended_until__isnull=False), name="suspensions_by_end"
            ),
            # The weekly reward walks VIPs by id.
            models.Index(
                fields=("id",),
                condition=Q(vip_is_lifetime=True) | Q(vip_expires_at__isnull=False),
                name="users_with_vip",
            ),
            # The few that staff look for by what sets them apart.
            models.Index(
                fields=("-id",), condition=Q(is_staff=True) | Q(is_tester=True) | Q(is_active=False), name="users_apart"
            ),
            # Staff look for how a nickname begins; most users have none.
            models.Index(
                fields=("nickname",),
                opclasses=["varchar_pattern_ops"],
                condition=~Q(nickname=""),
                name="users_by_nickname",
            ),
        )

    def __str__(self) -> str:
        return self.username or self.nickname or str(self.id)

    @property
    def has_been_vip(self) -> bool:
        """Whether they are or were, whatever the time."""
        return self.vip_is_lifetime or self.vip_expires_at is not None


class Device(SnowflakeModel):
    """A phone. Neither its id nor its secret is kept in clear.

    A legacy device was imported from a system that asked for no secret; it may have been given one that it has not
    shown yet.
    """

    class SecretState(models.TextChoices):
        LEGACY = "legacy", "imported, no secret shown yet"
        ISSUED = "issued", "made by us, not seen again yet"
        CONFIRMED = "confirmed", "shown by the device"

    user = models.ForeignKey(User, models.CASCADE, related_name="devices")
    device_id_mac = models.BinaryField(max_length=32, unique=True)
    device_id_tail = models.CharField(max_length=4)
    secret_sha256 = models.BinaryField(max_length=32, null=True)
    secret_prev_sha256 = models.BinaryField(max_length=32, null=True)
    secret_prev_until = models.DateTimeField(null=True, blank=True)
    secret_state = models.CharField(max_length=16, choices=SecretState.choices)
    platform = models.CharField(max_length=16)
    app_version = models.CharField(max_length=32, blank=True)
    os_version = models.CharField(max_length=32, blank=True, db_default="")
    device_model = models.CharField(max_length=64, blank=True, db_default="")
    first_used_at = models.DateTimeField(null=True)
    last_login_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    # Of its user, known of a device that came with them.
    consents: list[dict[str, Any]]

    class Meta:
        indexes = (models.Index(fields=("device_id_tail",), name="devices_by_tail"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(secret_state__in=("legacy", "issued", "confirmed")), name="device_secret_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(secret_state__in=("legacy",)) | Q(secret_sha256__isnull=False),
                name="bound_device_has_a_secret",
            ),
            models.CheckConstraint(
                condition=Q(secret_prev_sha256__isnull=True, secret_prev_until__isnull=True)
                | Q(secret_prev_sha256__isnull=False, secret_prev_until__isnull=False),
                name="previous_secret_has_an_end",
            ),
        )

    def __str__(self) -> str:
        return f"…{self.device_id_tail}"
