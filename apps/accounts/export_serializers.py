from typing import Any

from rest_framework import serializers

from apps.accounts import data_export
from apps.accounts.models import DataExport
from apps.core.snowflake_field import SnowflakeIdField

Status = DataExport.Status


class RequestedExportSerializer(serializers.Serializer[DataExport]):
    export_id = SnowflakeIdField(source="id")
    status = serializers.CharField()


class ExportSerializer(serializers.Serializer[DataExport]):
    status = serializers.ChoiceField(choices=Status.choices)
    download_url = serializers.URLField(required=False, help_text="of a zip; good for an hour, a new one each time")
    expires_at = serializers.DateTimeField(required=False, help_text="when the zip is deleted")
    size_bytes = serializers.IntegerField(required=False)

    def to_representation(self, export: DataExport) -> dict[str, Any]:
        if data_export.has_expired(export):
            return {"status": Status.EXPIRED}
        if export.status != Status.READY:
            return {"status": export.status}
        link = data_export.link(export)
        return {
            "status": export.status,
            "download_url": link,
            "expires_at": export.expires_at,
            "size_bytes": export.size_bytes,
        }
