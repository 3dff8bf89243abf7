"""What is measured, for Prometheus: events are counted where they happen, states are read when somebody asks.

Counts of all processes of a machine are added up through files in METRICS_DIR; without it each process tells its own.
Labels have few values, all of them ours: never an id, a path or a word that a client has sent.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from structlog import get_logger

from apps.core.metric_slots import Slots

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FRESH_SECONDS = 5.0
# Prometheus waits ten. A server that is silent makes each who asks it wait for its time-out, so the rest is not asked.
READ_SECONDS = 3.0
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LONG_SECONDS = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 21600.0)

Labels = tuple[str, ...]
Read = Callable[[], Mapping[Labels, float]]

log = get_logger(__name__)


def _shared_folder(named: str) -> Path | None:
    """The folder, ready to be used; a machine that refuses one must not stop the product."""
    if not named:
        return None
    try:
        folder = Path(named)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        values.ValueClass = values.MultiProcessValue(Slots(folder).mine)  # type: ignore[no-untyped-call]  # the library's own switch
    except OSError as error:
        log.error("each process tells its own metrics: the folder cannot be used", folder=named, error=str(error))
        return None
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


FOLDER = _shared_folder(settings.METRICS_DIR)
_counted = CollectorRegistry()


def counter(name: str, meaning: str, labels: Sequence[str] = (), known: Iterable[Labels] = ()) -> Counter:
    """`known` label values are there from the start: an alert does not see a count that begins with 1."""
    made = Counter(name, meaning, labels, registry=_counted)
    for one in known:
        made.labels(*one)
    return made


def histogram(name: str, meaning: str, labels: Sequence[str] = (), buckets: Sequence[float] = SECONDS) -> Histogram:
    return Histogram(name, meaning, labels, buckets=buckets, registry=_counted)


def latest(name: str, meaning: str, labels: Sequence[str] = ()) -> Gauge:
    """The largest value that any process has set: a moment when something happened last."""
    return Gauge(name, meaning, labels, registry=_counted, multiprocess_mode="max")


@dataclass
class State:
    """A value that is read from PostgreSQL, Redis or this process when it is asked for."""

    name: str
    meaning: str
    labels: tuple[str, ...]
    read: Read
    is_of_the_machine: bool = False

    def as_metric(self, samples: Mapping[Labels, float]) -> Metric:
        family = GaugeMetricFamily(self.name, self.meaning, labels=self.labels)
        for values_, value in samples.items():
            family.add_metric(values_, value)
        return family


_states: dict[str, State] = {}


def state(
    name: str, meaning: str, labels: Sequence[str] = (), *, is_of_the_machine: bool = False
) -> Callable[[Read], Read]:
    """Registers a function that gives a value for each tuple of label values. It may raise: then there is none.

    What is of the machine, and not of what all share, each machine tells.
    """

    def register(read: Read) -> Read:
        _states[name] = State(name, meaning, tuple(labels), read, is_of_the_machine)
        return read

    return register


class _States:
    """For a registry. What was read is told for a few seconds, however many ask."""

    def __init__(self, *, of_the_machine_alone: bool) -> None:
        self._of_the_machine_alone = of_the_machine_alone
        self._told: list[Metric] = []
        self._fresh_until = 0.0

    def collect(self) -> Iterator[Metric]:
        if time.monotonic() >= self._fresh_until:
            wanted = [one for one in _states.values() if one.is_of_the_machine or not self._of_the_machine_alone]
            self._told = list(_read(wanted))
            self._fresh_until = time.monotonic() + FRESH_SECONDS
        yield from self._told

    def forget(self) -> None:
        self._fresh_until = 0.0


def _read(wanted: Iterable[State]) -> Iterator[Metric]:
    failed: dict[Labels, float] = {}
    ends_at = time.monotonic() + READ_SECONDS
    for one in wanted:
        if time.monotonic() >= ends_at:
            failed[(one.name,)] = 1.0
            continue
        try:
            yield one.as_metric(one.read())
        except Exception as error:
            log.warning("a metric cannot be read", metric=one.name, error=str(error))
            failed[(one.name,)] = 1.0
    yield State("pk_unreadable", "Metrics that could not be read", ("metric",), dict).as_metric(failed)


_all_states = _States(of_the_machine_alone=False)
_own_states = _States(of_the_machine_alone=True)


def told(*, with_shared_states: bool) -> bytes:
    """Everything in Prometheus' text format; what all machines share need not be told by each."""
    registry = CollectorRegistry()
    registry.register(_all_states if with_shared_states else _own_states)
    if FOLDER is None:
        return generate_latest(_counted) + generate_latest(registry)
    MultiProcessCollector(registry, str(FOLDER))  # type: ignore[no-untyped-call]  # registers itself
    return generate_latest(registry)


def names() -> set[str]:
    """Of all metrics, as a rule or a dashboard writes them."""
    series = {sample.name for metric in _counted.collect() for sample in metric.samples}
    histograms = {metric.name + end for metric in _counted.collect() for end in _endings(metric)}
    return {name for name in series | histograms if not name.endswith("_created")} | set(_states) | {"pk_unreadable"}


def forget() -> None:
    """What was read; for tests."""
    _all_states.forget()
    _own_states.forget()


def _endings(metric: Metric) -> tuple[str, ...]:
    """A metric with labels has no samples before its first event."""
    return {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",)}.get(metric.type, ("",))
