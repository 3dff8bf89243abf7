from typing import Any

from rest_framework import serializers

from apps.accounts import data_export
from apps.accounts.models import DataExport
from apps.core.snowflake_field import SnowflakeIdField

Status = DataExport.Status


class RequestedExportSerializer(serializers.Serializer[DataExport]):
    export_id = SnowflakeIdField(source="id")
    status = serializers.CharField()


class ListedExportSerializer(serializers.Serializer[DataExport]):
    export_id = SnowflakeIdField(source="id")
    status = serializers.ChoiceField(choices=Status.choices)
    created_at = serializers.DateTimeField()

    def to_representation(self, export: DataExport) -> dict[str, Any]:
        return super().to_representation(export) | {"status": data_export.status_of(export)}


class ExportListSerializer(serializers.Serializer[Any]):
    items = ListedExportSerializer(many=True)


class ExportSerializer(serializers.Serializer[DataExport]):
    status = serializers.ChoiceField(choices=Status.choices)
    download_url = serializers.URLField(required=False, help_text="of a zip; good for an hour, a new one each time")
    expires_at = serializers.DateTimeField(required=False, help_text="when the zip is deleted")
    size_bytes = serializers.IntegerField(required=False)

    def to_representation(self, export: DataExport) -> dict[str, Any]:
        status = data_export.status_of(export)
        if status != Status.READY:
            return {"status": status}
        return {
            "status": status,
            "download_url": data_export.link(export),
            "expires_at": export.expires_at,
            "size_bytes": export.size_bytes,
        }
