"""What staff did, without how they came in."""

from apps.staff.models import StaffAction


def written() -> list[StaffAction]:
    """Oldest first."""
    return list(StaffAction.objects.exclude(action="login").order_by("id"))


def actions() -> list[str]:
    return [deed.action for deed in written()]
