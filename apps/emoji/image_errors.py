"""Why an uploaded photo cannot be used."""

from apps.core.errors import DomainError


class ImageTooLarge(DomainError):
    code = "image_too_large"
    status = 413
    title = "The photo has too many bytes"
    detail = "At most {max_bytes} bytes."
    param_names = ("max_bytes",)


class ImageTypeUnsupported(DomainError):
    code = "image_type_unsupported"
    status = 415
    title = "The photo is of a type we cannot use"
    detail = "Use {allowed}."
    param_names = ("allowed",)


class ImageDimensionsInvalid(DomainError):
    code = "image_dimensions_invalid"
    status = 422
    title = "The photo is too small or too large"
    detail = (
        "It has {width} × {height} pixels; each side must have {min_px} to {max_px}, all of it at most {max_pixels}."
    )
    param_names = ("min_px", "max_px", "max_pixels", "width", "height")


class ImageUnreadable(DomainError):
    code = "image_unreadable"
    status = 422
    title = "The photo cannot be read"


class ImageChecksumMismatch(DomainError):
    """Its ticket is used up: the app asks for another one and uploads again."""

    code = "image_checksum_mismatch"
    status = 422
    title = "The photo that arrived is not the announced one; upload it again"
    param_names = ("declared_sha256", "arrived_sha256")


REFUSALS: dict[str, type[DomainError]] = {
    kind.code: kind for kind in (ImageTooLarge, ImageTypeUnsupported, ImageDimensionsInvalid, ImageUnreadable)
}
