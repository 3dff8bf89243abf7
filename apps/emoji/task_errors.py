"""Why a task can fail, in words for its user. Which of the provider's codes becomes which: dashscope_errors.py."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskError:
    message: str
    user_action: str


def _photo(message: str) -> TaskError:
    return TaskError(message, "choose_other_photo")


RETRY_LATER = TaskError("The emoji could not be made. Please try again.", "retry")

TASK_ERRORS = {
    "photo_no_face": _photo("There is no face on this photo."),
    "photo_many_faces": _photo("There are several people on this photo."),
    "photo_face_covered": TaskError("Something covers the face, or it is cut off.", "retake_photo"),
    "photo_expression": TaskError("Please look natural: the expression comes from us.", "retake_photo"),
    "photo_head_tilt": TaskError("Please look straight into the camera.", "retake_photo"),
    "photo_too_small": TaskError("The face or the photo is too small or too large.", "retake_photo"),
    "photo_unreadable": _photo("This photo cannot be read."),
    "photo_blocked": _photo("This photo cannot be used."),
    "provider_rejected": RETRY_LATER,
    "provider_failed": RETRY_LATER,
    "provider_rate_limited": TaskError("Very many emoji are being made right now. Please try again soon.", "retry"),
    "provider_unavailable": RETRY_LATER,
    "provider_timeout": TaskError("Making the emoji took too long. Please try again.", "retry"),
    "result_unavailable": RETRY_LATER,
    "worker_lost": RETRY_LATER,
    "deadline_exceeded": TaskError("Making the emoji took too long. Please try again.", "retry"),
    "internal_error": TaskError("Something went wrong on our side.", "contact_support"),
}
