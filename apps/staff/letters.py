"""Mail to staff: of what opens their account, and of what waits for them.

A letter is stored in the transaction of what it tells of, and sent soon afterwards by a job: a mail server that is slow
or away holds nobody up, and what was undone is not told. No letter says anything of a user of the app.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from structlog import get_logger

from apps.staff.models import Letter, Mailbox

# A mail server that says nothing costs each of them EMAIL_TIMEOUT.
MOST_AT_ONCE = 20
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# It is no news any more.
TRIED_FOR = timedelta(days=3)
KEPT_FOR = timedelta(days=90)
NEW_ADDRESS = "The address of your mailbox was changed"
NOT_ME = "If that was not you, tell an administrator at once: somebody else may have your password."

log = get_logger(__name__)


def tell(staff_ids: Iterable[int], subject: str, text: str) -> None:
    """Those of them who have a mailbox, and may log in."""
    readers = Mailbox.objects.filter(staff_id__in=list(staff_ids), staff__is_staff=True, staff__is_active=True)
    for mailbox in readers.order_by("id"):
        Letter.objects.create(staff_id=mailbox.staff_id, address=mailbox.address, subject=subject, text=text)


def tell_owner(staff_id: int, what: str) -> None:
    """Of a change to what opens their own account; `what` is the sentence."""
    tell([staff_id], what, f"{what}.\n\n{NOT_ME}")


def send_waiting(at: datetime) -> int:
    """How many the mail server has taken. Each is claimed before it is sent, so that two senders send it once."""
    waiting = Letter.objects.filter(sent_at=None, next_try_at__lte=at, created_at__gt=at - TRIED_FOR)
    return sum(_sent(letter, at) for letter in waiting.order_by("next_try_at")[:MOST_AT_ONCE])


def forget_old(at: datetime) -> int:
    return Letter.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]


def _sent(letter: Letter, at: datetime) -> bool:
    unclaimed = Letter.objects.filter(id=letter.id, tries=letter.tries, sent_at=None)
    wait = min(FIRST_WAIT * 2 ** min(letter.tries, 10), LONGEST_WAIT)
    if not unclaimed.update(tries=F("tries") + 1, next_try_at=at + wait):
        return False
    subject = f"[{settings.STAFF_ISSUER}] {letter.subject}"
    try:
        EmailMessage(subject, letter.text, to=[letter.address]).send()
    except (SMTPException, OSError) as error:
        log.warning("a letter to staff was not taken", letter=str(letter.id), tries=letter.tries + 1, error=repr(error))
        return False
    Letter.objects.filter(id=letter.id).update(sent_at=at)
    return True
