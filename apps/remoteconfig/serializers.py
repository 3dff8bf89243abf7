from rest_framework import serializers


class UploadLimitsSerializer(serializers.Serializer[None]):
    max_bytes = serializers.IntegerField()
    types = serializers.ListField(child=serializers.CharField())
    min_px = serializers.IntegerField()
    max_px = serializers.IntegerField()


class LimitsSerializer(serializers.Serializer[None]):
    upload = UploadLimitsSerializer()


class ConfigPointsSerializer(serializers.Serializer[None]):
    default_cost = serializers.IntegerField(help_text="points")
    signup_bonus = serializers.IntegerField(help_text="points")


class GenerationSerializer(serializers.Serializer[None]):
    available = serializers.BooleanField()
    reason = serializers.CharField(allow_null=True, help_text="a code: why no emoji are made at the moment")


class ConfigSerializer(serializers.Serializer[None]):
    """The part of the configuration that the app may see."""

    points = ConfigPointsSerializer()
    limits = LimitsSerializer()
    generation = GenerationSerializer()
    points_packs = serializers.DictField(child=serializers.IntegerField())
    vip_products = serializers.DictField(child=serializers.CharField())
    weekly_reward = serializers.DictField(child=serializers.IntegerField())
    banners = serializers.ListField()
    styles = serializers.ListField()
