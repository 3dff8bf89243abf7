"""What comes over the broker's link and is no command."""

import json
from typing import Any

import redis
from kombu import Connection, Consumer, Exchange, Queue

from pickitchen import broker

COMMANDS = Queue("commands of a worker", Exchange("commands", type="fanout", durable=False), auto_delete=True)
PING = {
    "properties": {"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": ""}},
    "content-type": "application/json",
    "headers": {},
    "body": '{"method": "ping"}',
}


def test_a_command_that_comes_together_with_what_is_no_json_is_heard_at_once(settings: Any) -> None:
    broker.be_patient()
    heard: list[Any] = []
    with (
        Connection(settings.REDIS_URL) as link,
        redis.Redis.from_url(settings.REDIS_URL) as server,
        Consumer(link, [COMMANDS], callbacks=[lambda body, _: heard.append(body)], no_ack=True),
        server.pipeline() as together,
    ):
        # The first thing that it hears is that it has subscribed.
        link.drain_events(timeout=20)
        for command in (b"not json", b"\xff", json.dumps(PING)):
            together.publish(f"/{link.virtual_host}.commands", command)
        together.execute()
        link.drain_events(timeout=20)
    assert heard == [{"method": "ping"}]
