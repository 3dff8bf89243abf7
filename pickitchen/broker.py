"""Where kombu's Redis transport, Celery's, is not as patient as a worker has to be.

A message that is done is forgotten once Redis has heard so. What Redis never heard, a worker of kombu's holds for ever:
with as many as it may hold it takes no more, and looks at its connection no more, so it never connects anew either.
Redis hands such a message out again after the visibility time-out; ours may come twice (emoji/lease.py).

What is no message, no job or no command would end each worker that takes it. It is dropped: what is to be done stands
in the database, and the sweeper rings for it again.
"""

from collections.abc import Callable
from queue import Empty
from typing import Any

import structlog
from celery.signals import task_rejected
from kombu.transport import redis, virtual

log = structlog.get_logger(__name__)

# Of kombu and Celery, which trust what they are sent. Their own for a connection that breaks are none of these.
MISLED = (TypeError, ValueError, LookupError, AttributeError)


class NoMessageError(ValueError):
    """JSON, but not what kombu or Celery sends."""


class Message(virtual.Message):
    """Refused here if it has not what kombu takes for granted; whoever takes it reads it once all the same."""

    def __init__(self, payload: Any, channel: Any = None, **kwargs: Any) -> None:
        try:
            super().__init__(payload, channel=channel, accept={"application/json"}, **kwargs)
            words = [self.delivery_tag, self.delivery_info["exchange"], self.delivery_info["routing_key"]]
            self.decode()
        except Exception as error:
            raise NoMessageError from error
        if not all(isinstance(word, str) for word in words):
            raise NoMessageError

    def require_job(self) -> None:
        """https://docs.celeryq.dev/en/stable/internals/protocol.html (version 2). Raises NoMessageError and others."""
        shape = [type(part) for part in self.decode()]
        if not (self.headers["task"] and self.headers["id"]) or shape != [list, dict, dict]:
            raise NoMessageError
        # With words for limits the worker would end when it looks at its clock.
        limits = self.headers.get("timelimit") or ()
        if any(not isinstance(limit, int | float | None) for limit in limits):
            raise NoMessageError


Taker = Callable[[Message], Any]


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

    def basic_consume(
        self, queue: str, no_ack: bool, callback: Taker | None, consumer_tag: str | None, **kwargs: Any
    ) -> Any:
        """Jobs are acknowledged. Commands to workers, and what they answer, are not."""
        taken = callback if no_ack or callback is None else _jobs(callback)
        return super().basic_consume(queue, no_ack, taken, consumer_tag, **kwargs)

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]  # the stubs have public names only
        except ValueError as error:
            _refuse(error)
            return True

    def _receive_one(self, client: Any) -> Any:
        """A command, which all workers hear.

        Empty says that it was no JSON, and would leave what has come with it unread until another command comes.
        """
        try:
            return super()._receive_one(client)  # type: ignore[misc]  # the stubs have public names only
        except (NoMessageError, Empty) as error:
            _refuse(error)
            return True


def _jobs(callback: Taker) -> Taker:
    def take(message: Message) -> Any:
        try:
            message.require_job()
            return callback(message)
        except MISLED as error:
            _refuse(error)
            message.reject()

    return take


def _refuse(error: Exception) -> None:
    """Without the bytes: whoever put them there may have put anything."""
    log.error("what is no message was dropped", error=type(error).__name__)
    task_rejected.send(sender=Channel, message=None, exc=error)


def be_patient() -> None:
    """For every connection to a broker that this process begins from now on."""
    redis.Transport.Channel = Channel
