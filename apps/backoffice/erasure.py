"""Remove a user's name from the log of the admin, which calls each row by its name. The audit log never has it."""

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from apps.accounts import erasure
from apps.accounts.models import User


def erase(user_id: int) -> bool:
    """Also the names that the user had before; staff are not so many that this needs batches."""
    of_user = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_id=str(user_id))
    of_user.update(object_repr=str(user_id))
    return True


erasure.register("the log of the admin", erase)
