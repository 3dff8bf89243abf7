"""What kombu keeps in mind of Redis as Celery's broker.

A message that is done is forgotten once Redis has heard so. What Redis never heard, a worker of kombu's holds for ever:
with as many as it may hold it takes no more, and looks at its connection no more, so it never connects anew either.
Redis hands such a message out again after the visibility time-out; ours may come twice (emoji/lease.py).
"""

from typing import Any

from kombu.transport import redis, virtual


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


def forget_what_redis_never_heard() -> None:
    """For every connection to a broker that this process begins from now on."""
    channel: Any = redis.Channel
    channel.QoS = QoS
