"""Why a task can fail, in words for its user. Which of the provider's codes becomes which: dashscope_errors.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskError:
    """`failure_class` is what the refund policy of the configuration speaks of."""

    message: str
    user_action: str
    failure_class: str = "user_input"


def _photo(message: str) -> TaskError:
    return TaskError(message, "choose_other_photo")


def _again(failure_class: str, message: str = "The emoji could not be made. Please try again.") -> TaskError:
    return TaskError(message, "retry", failure_class)


TOO_LONG = "Making the emoji took too long. Please try again."

TASK_ERRORS = {
    "photo_no_face": _photo("There is no face on this photo."),
    "photo_many_faces": _photo("There are several people on this photo."),
    "photo_face_covered": TaskError("Something covers the face, or it is cut off.", "retake_photo"),
    "photo_expression": TaskError("Please look natural: the expression comes from us.", "retake_photo"),
    "photo_head_tilt": TaskError("Please look straight into the camera.", "retake_photo"),
    "photo_too_small": TaskError("The face or the photo is too small or too large.", "retake_photo"),
    "photo_unreadable": _photo("This photo cannot be read."),
    "photo_blocked": _photo("This photo cannot be used."),
    "provider_rejected": _again("provider"),
    "provider_failed": _again("provider"),
    "provider_rate_limited": _again("provider", "Very many emoji are being made right now. Please try again soon."),
    "provider_unavailable": _again("provider"),
    "provider_timeout": _again("provider", TOO_LONG),
    "result_unavailable": _again("system"),
    "worker_lost": _again("system"),
    "deadline_exceeded": _again("system", TOO_LONG),
    "internal_error": TaskError("Something went wrong on our side.", "contact_support", "system"),
}
