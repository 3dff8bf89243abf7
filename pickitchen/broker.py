"""Where kombu's Redis transport, Celery's, is not as patient as a worker has to be.

A message that is done is forgotten once Redis has heard so. What Redis never heard, a worker of kombu's holds for ever:
with as many as it may hold it takes no more, and looks at its connection no more, so it never connects anew either.
Redis hands such a message out again after the visibility time-out; ours may come twice (emoji/lease.py).

Bytes that are no message would end each worker that takes them. They are dropped: what is to be done stands in the
database, and the sweeper rings for it again.
"""

from typing import Any

import structlog
from celery.signals import task_rejected
from kombu.transport import redis, virtual

log = structlog.get_logger(__name__)


class NoMessageError(ValueError):
    """JSON, but not what Celery sends."""


class Message(virtual.Message):
    """Refused here if it has not what kombu and Celery take for granted; they read it once all the same.

    https://docs.celeryq.dev/en/stable/internals/protocol.html (version 2)
    """

    def __init__(self, payload: Any, channel: Any = None, **kwargs: Any) -> None:
        try:
            super().__init__(payload, channel=channel, accept={"application/json"}, **kwargs)
            named = self.delivery_info["exchange"], self.delivery_info["routing_key"], self.headers["id"]
            shape = [type(part) for part in self.decode()]
        except Exception as error:
            raise NoMessageError from error
        if None in named or not self.headers.get("task") or shape != [list, dict, dict]:
            raise NoMessageError


class QoS(redis.QoS):
    def ack(self, delivery_tag: str) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            self._forget(delivery_tag)
            raise

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            self._forget(delivery_tag)
            raise

    def _forget(self, delivery_tag: str) -> None:
        virtual.QoS.ack(self, delivery_tag)


class Channel(redis.Channel):
    QoS = QoS
    Message = Message

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs have public names only
        except ValueError as error:
            # Without the bytes: whoever put them there may have put anything.
            log.error("what is no message was dropped", error=type(error).__name__)
            task_rejected.send(sender=self, message=None, exc=error)
            return True


def be_patient() -> None:
    """For every connection to a broker that this process begins from now on."""
    redis.Transport.Channel = Channel
