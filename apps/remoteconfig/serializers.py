from rest_framework import serializers

from apps.remoteconfig.schema import PLATFORMS


class ConfigQuerySerializer(serializers.Serializer[None]):
    """Anything is taken: whatever an app says of itself, it must be able to read its configuration."""

    platform = serializers.CharField(required=False, allow_blank=True, help_text=" or ".join(PLATFORMS))
    version = serializers.CharField(required=False, allow_blank=True, help_text="of the app, like 1.4.0")


class MaintenanceSerializer(serializers.Serializer[None]):
    active = serializers.BooleanField()
    message = serializers.CharField(allow_null=True)
    until = serializers.DateTimeField(allow_null=True)


class NoticeSerializer(serializers.Serializer[None]):
    id = serializers.CharField()
    level = serializers.CharField(help_text="info, warning or critical")
    text = serializers.CharField()


class GenerationSerializer(serializers.Serializer[None]):
    available = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True)


class UploadLimitsSerializer(serializers.Serializer[None]):
    max_bytes = serializers.IntegerField()
    types = serializers.ListField(child=serializers.CharField())
    min_px = serializers.IntegerField()
    max_px = serializers.IntegerField()


class FreeAndVipSerializer(serializers.Serializer[None]):
    free = serializers.IntegerField()
    vip = serializers.IntegerField()


class LimitsSerializer(serializers.Serializer[None]):
    upload = UploadLimitsSerializer()
    active_tasks = FreeAndVipSerializer(help_text="emoji in the making")
    daily_tasks = FreeAndVipSerializer(help_text="emoji ordered in a day, UTC")


class ConfigPointsSerializer(serializers.Serializer[None]):
    default_cost = serializers.IntegerField(help_text="points")
    signup_bonus = serializers.IntegerField(help_text="points")
    refund_policy = serializers.DictField(child=serializers.CharField(), help_text="none or full")


class PollingSerializer(serializers.Serializer[None]):
    min_ms = serializers.IntegerField()
    max_ms = serializers.IntegerField()


class AiProcessingSerializer(serializers.Serializer[None]):
    required = serializers.BooleanField()  # type: ignore[assignment]  # the contract names it so
    version = serializers.CharField(allow_null=True)
    provider = serializers.CharField()
    text_url = serializers.CharField(allow_null=True)


class ConsentSerializer(serializers.Serializer[None]):
    ai_processing = AiProcessingSerializer()


class LinksSerializer(serializers.Serializer[None]):
    privacy = serializers.CharField(allow_null=True)
    terms = serializers.CharField(allow_null=True)
    delete_account = serializers.CharField(allow_null=True)
    support_email = serializers.CharField(allow_null=True)


class RetentionSerializer(serializers.Serializer[None]):
    input_hours = serializers.IntegerField(help_text="after the end of the last task that used a photo")
    result_days = serializers.IntegerField(help_text="after the end of a task")


class ConfigSerializer(serializers.Serializer[None]):
    """The part of the configuration that the app may see."""

    version = serializers.CharField(help_text="changes with anything below it")
    updated_at = serializers.DateTimeField(allow_null=True, help_text="null as long as nobody has changed a value")
    min_version = serializers.CharField(allow_null=True)
    latest_version = serializers.CharField(allow_null=True)
    store_url = serializers.CharField(allow_null=True)
    update = serializers.ChoiceField(  # type: ignore[assignment]  # the contract names it so
        choices=("none", "available", "required")
    )
    maintenance = MaintenanceSerializer()
    notices = NoticeSerializer(many=True)
    generation = GenerationSerializer()
    features = serializers.DictField(child=serializers.BooleanField())
    limits = LimitsSerializer()
    points = ConfigPointsSerializer()
    points_packs = serializers.DictField(
        child=serializers.IntegerField(), help_text="what a purchase of each gives, its bonus included"
    )
    vip_products = serializers.DictField(child=serializers.CharField())
    weekly_reward = serializers.DictField(child=serializers.IntegerField())
    polling = PollingSerializer()
    retention = RetentionSerializer()
    consent = ConsentSerializer()
    links = LinksSerializer()
    banners = serializers.ListField()
    styles = serializers.ListField()
