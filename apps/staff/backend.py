"""Who is logged in at the staff pages."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend


class StaffBackend(ModelBackend):
    """Django's, which finds the second factor along with its owner: every page asks for both."""

    def get_user(self, user_id: int) -> Any:
        users: Any = get_user_model()._default_manager
        user = users.select_related("second_factor").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
