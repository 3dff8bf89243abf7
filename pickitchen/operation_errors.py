"""Which codes each operation may answer. A test that meets a code where it does not stand here fails."""

EVERYWHERE = ("malformed_request", "not_acceptable", "rate_limited", "internal_error", "dependency_unavailable")
WITH_A_BODY = ("payload_too_large", "unsupported_media_type", "validation_failed")
WITH_A_QUERY = ("validation_failed",)
WITH_A_CURSOR = ("invalid_cursor",)
WITH_A_PATH_PARAMETER = ("not_found",)
WITH_A_TOKEN = (
    "authentication_required",
    "token_invalid",
    "token_expired",
    "session_revoked",
    "account_suspended",
    "account_pending_deletion",
    "permission_denied",
)
UPLOADED_PHOTO = (
    "upload_not_found",
    "upload_expired",
    "upload_not_completed",
    "image_too_large",
    "image_type_unsupported",
    "image_dimensions_invalid",
    "image_unreadable",
    "image_checksum_mismatch",
)

# By operationId, beyond the above.
OPERATION_ERRORS = {
    "auth_login": ("device_secret_required", "device_secret_invalid", "device_revoked", "account_suspended"),
    "auth_refresh": (
        "refresh_token_invalid",
        "refresh_token_expired",
        "refresh_token_reused",
        "session_revoked",
        "account_suspended",
    ),
    "auth_device_rotate": ("device_secret_required", "device_secret_invalid"),
    "user_profile_change": (*UPLOADED_PHOTO, "precondition_failed", "conflict"),
    "user_delete": ("device_secret_required",),
    "user_deletion_cancel": ("deletion_not_scheduled",),
    "user_export": ("device_secret_required", "export_in_progress", "daily_limit_reached"),
    "user_exports": ("device_secret_required",),
    "user_export_status": ("device_secret_required", "export_not_found"),
    "user_export_download": ("link_not_valid", "export_expired"),
    "emoji_templates_retrieve": ("template_not_found", "template_retired"),
    "emoji_uploads_create": (
        "consent_required",
        "image_too_large",
        "image_type_unsupported",
        "daily_upload_limit_reached",
    ),
    "emoji_detections_create": (
        *UPLOADED_PHOTO,
        "consent_required",
        "conflict",
        "daily_limit_reached",
        "provider_unavailable",
    ),
    "emoji_tasks_create": (
        *UPLOADED_PHOTO,
        "consent_required",
        "idempotency_key_required",
        "idempotency_key_invalid",
        "idempotency_in_progress",
        "idempotency_key_reused",
        "template_not_found",
        "template_retired",
        "vip_required",
        "detection_not_found",
        "detection_expired",
        "photo_rejected",
        "active_task_limit_reached",
        "daily_limit_reached",
        "generation_paused",
        "points_frozen",
        "insufficient_points",
    ),
    "emoji_tasks_retrieve": ("task_not_found",),
    "emoji_tasks_cancel": ("task_not_found", "task_not_cancelable"),
    "emoji_tasks_delete": ("task_not_found", "task_not_deletable"),
    "emoji_tasks_report": ("task_not_found",),
    "orders_retrieve": ("order_not_found",),
    "points_transactions_retrieve": ("transaction_not_found",),
    "subscription_sync": (
        "device_secret_required",
        "sync_unavailable",
    ),
    "webhooks_revenuecat": ("webhook_unauthorized",),
}

# Of those that all others may answer: RevenueCat's body is taken whatever it and its headers look like, so is what an
# app says of itself when it asks for the configuration, and a link is valid or is not.
NEVER = {
    "config": ("validation_failed",),
    "user_export_download": ("validation_failed",),
    "webhooks_revenuecat": ("not_acceptable", "unsupported_media_type", "validation_failed"),
}
