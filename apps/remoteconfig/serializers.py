from rest_framework import serializers


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


class RetentionSerializer(serializers.Serializer[None]):
    input_hours = serializers.IntegerField(help_text="after the end of the last task that used a photo")
    result_days = serializers.IntegerField(help_text="after the end of a task")


class ConfigSerializer(serializers.Serializer[None]):
    """The part of the configuration that the app may see."""

    points = ConfigPointsSerializer()
    limits = LimitsSerializer()
    retention = RetentionSerializer()
    points_packs = serializers.DictField(child=serializers.IntegerField())
    vip_products = serializers.DictField(child=serializers.CharField())
    weekly_reward = serializers.DictField(child=serializers.IntegerField())
    banners = serializers.ListField()
    styles = serializers.ListField()
