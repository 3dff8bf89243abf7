"""For load from one machine: production keeps counting, and lets everything through."""

NAMES = (
    *("login.address", "login.device", "refresh.address", "refresh.session"),
    *("reads.user", "reads.stranger", "writes.user", "writes.stranger", "config.address"),
    *("task_poll.object", "task_poll.user", "upload_ticket.user", "detection.user", "task_create.user", "cancel.user"),
    *("report.user", "sync.user", "profile.user", "avatar.user", "consent.user", "webhook_refused.address"),
)
LIFTED = ",".join(f"{name}=1000000/min" for name in NAMES)
