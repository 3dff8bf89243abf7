"""What each of DashScope's error codes means to us, in one table (vendor: the error-code page, and emoji-detect's own).

A code is looked up whole, then by the part before its last dot: `Throttling.Anything` is a `Throttling`.
"""

from dataclasses import dataclass

from apps.emoji.provider import Fault, ProviderError, Retry


@dataclass(frozen=True, slots=True)
class Meaning:
    code: str
    retry: Retry = Retry.NEVER
    fault: Fault = Fault.NONE


NO_FACE = Meaning("photo_no_face")
MANY_FACES = Meaning("photo_many_faces")
COVERED = Meaning("photo_face_covered")
TILTED = Meaning("photo_head_tilt")
WRONG_SIZE = Meaning("photo_too_small")
UNREADABLE = Meaning("photo_unreadable")
BLOCKED = Meaning("photo_blocked")
OUR_BUG = Meaning("provider_rejected")
# The photo's link could not be fetched; a fresh link may help.
NOT_FETCHED = Meaning("provider_failed", Retry.ONCE)
# Only the operator can help: key, money, permission.
OPERATOR = Meaning("provider_unavailable", fault=Fault.ACCOUNT)
THROTTLED = Meaning("provider_rate_limited", Retry.LATER, Fault.THROTTLED)
VENDOR = Meaning("provider_unavailable", Retry.LATER, Fault.PROVIDER)
VENDOR_TIMED_OUT = Meaning("provider_timeout", Retry.LATER, Fault.PROVIDER)
VENDOR_ONCE = Meaning("provider_failed", Retry.ONCE)

MEANINGS = {
    "InvalidFile.NoHuman": NO_FACE,
    "InvalidImage.NoHumanFace": NO_FACE,
    "InvalidPerson": NO_FACE,
    "InvalidFile.MultiHuman": MANY_FACES,
    "InvalidFile.FullFace": COVERED,
    "InvalidFile.FrontBody": COVERED,
    "InvalidFile.FullBody": COVERED,
    "InvalidFile.FacePose": TILTED,
    "InvalidFile.BodyProportion": WRONG_SIZE,
    "InvalidFile.Resolution": WRONG_SIZE,
    "InvalidFile.Size": WRONG_SIZE,
    "InvalidFile.ImageSize": WRONG_SIZE,
    "InvalidFile.AspectRatio": WRONG_SIZE,
    "InvalidImageResolution": WRONG_SIZE,
    "InvalidFile": UNREADABLE,
    "InvalidFile.Value": UNREADABLE,
    "InvalidFile.Format": UNREADABLE,
    "InvalidFile.Openerror": UNREADABLE,
    "InvalidFile.Content": UNREADABLE,
    "InvalidImage": UNREADABLE,
    "InvalidImage.FileFormat": UNREADABLE,
    "InvalidImageFormat": UNREADABLE,
    "DataInspectionFailed": BLOCKED,
    "data_inspection_failed": BLOCKED,
    "IPInfringementSuspect": BLOCKED,
    "CustomRoleBlocked": BLOCKED,
    "InvalidParameter": OUR_BUG,
    "BadRequest": OUR_BUG,
    "BadRequest.EmptyInput": OUR_BUG,
    "BadRequest.EmptyParameters": OUR_BUG,
    "BadRequest.EmptyModel": OUR_BUG,
    "BadRequest.IllegalInput": OUR_BUG,
    "BadRequest.TooLarge": OUR_BUG,
    "InvalidParameter.Ratio": OUR_BUG,
    "UnsupportedOperation": OUR_BUG,
    "Conflict": OUR_BUG,
    "NotFound": OUR_BUG,
    "InvalidURL": NOT_FETCHED,
    "InvalidURL.ConnectionRefused": NOT_FETCHED,
    "InvalidURL.Timeout": NOT_FETCHED,
    "InvalidParameter.DataInspection": NOT_FETCHED,
    "BadRequest.InputDownloadFailed": NOT_FETCHED,
    "Arrearage": OPERATOR,
    "InvalidApiKey": OPERATOR,
    "invalid_api_key": OPERATOR,
    "NOT AUTHORIZED": OPERATOR,
    "AccessDenied": OPERATOR,
    "AccessDenied.Unpurchased": OPERATOR,
    "Model.AccessDenied": OPERATOR,
    "App.AccessDenied": OPERATOR,
    "Workspace.AccessDenied": OPERATOR,
    "Endpoint.AccessDenied": OPERATOR,
    "AllocationQuota.FreeTierOnly": OPERATOR,
    "ModelNotFound": OPERATOR,
    "model_not_found": OPERATOR,
    "WorkSpaceNotFound": OPERATOR,
    "CommodityNotPurchased": OPERATOR,
    "PrepaidBillOverdue": OPERATOR,
    "PostpaidBillOverdue": OPERATOR,
    "Throttling": THROTTLED,
    "Throttling.RateQuota": THROTTLED,
    "Throttling.BurstRate": THROTTLED,
    "Throttling.AllocationQuota": THROTTLED,
    "insufficient_quota": THROTTLED,
    "LimitRequests": THROTTLED,
    "limit_requests": THROTTLED,
    "limit_burst_rate": THROTTLED,
    "InternalError": VENDOR,
    "internal_error": VENDOR,
    "InternalError.FileUpload": VENDOR,
    "InternalError.Upload": VENDOR,
    "SystemError": VENDOR,
    "ModelServiceFailed": VENDOR,
    "RequestTimeOut": VENDOR_TIMED_OUT,
    "ModelServingError": VENDOR,
    "ModelUnavailable": VENDOR,
    "InternalError.Algo": VENDOR_ONCE,
    "InternalError.Timeout": VENDOR_ONCE,
}
FREE_QUOTA_USED_UP = "Free allocated quota exceeded"
TOO_MANY_REQUESTS = 429
UNKNOWN_REFUSAL = Meaning("provider_failed")
UNKNOWN_BREAKDOWN = Meaning("provider_failed", Retry.LATER, Fault.PROVIDER)


def provider_error(
    code: str, message: str, *, http_status: int, retry_after_seconds: float | None = None
) -> ProviderError:
    """An unknown code is final below 500, unless the status says "too fast", and worth another try from 500 on."""
    meaning = _meaning(code, message, http_status)
    # PostgreSQL keeps no NUL.
    raw = f"{http_status} {code}: {message}"[:1000].replace("\0", "")
    return ProviderError(
        meaning.code,
        retry=meaning.retry,
        raw=raw,
        retry_after_seconds=retry_after_seconds,
        fault=meaning.fault,
        broke_down=http_status >= 500,
    )


def _meaning(code: str, message: str, http_status: int) -> Meaning:
    # The same code says "slow down" and "the free quota is used up"; only the message tells which.
    if FREE_QUOTA_USED_UP in message:
        return OPERATOR
    known = MEANINGS.get(code) or MEANINGS.get(code.rpartition(".")[0])
    if known is None and http_status == TOO_MANY_REQUESTS:
        return THROTTLED
    return known or (UNKNOWN_BREAKDOWN if http_status >= 500 else UNKNOWN_REFUSAL)
