"""As Prometheus reads the product."""

from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from apps.core import metrics


@dataclass(frozen=True)
class Scrape:
    samples: tuple[tuple[str, dict[str, str], float], ...]

    def value(self, name: str, **labels: str) -> float:
        """The sum of the series that have these labels."""
        return sum(value for known, have, value in self.samples if known == name and labels.items() <= have.items())

    def has(self, name: str, **labels: str) -> bool:
        return any(known == name and labels.items() <= have.items() for known, have, _ in self.samples)

    @property
    def names(self) -> set[str]:
        return {name for name, _, _ in self.samples}


def parsed(text: str) -> Scrape:
    families: Any = text_string_to_metric_families(text)
    return Scrape(tuple((one.name, one.labels, one.value) for family in families for one in family.samples))


def scrape() -> Scrape:
    """What this process would tell now."""
    metrics.forget()
    return parsed(metrics.told(with_shared_states=True).decode())


def counts() -> Scrape:
    """What this process has counted, without a question to a server."""
    return parsed(metrics.told(with_shared_states=False).decode())


class Moved:
    """How far the counts went since this was made."""

    def __init__(self) -> None:
        self._before = scrape()

    def by(self, name: str, **labels: str) -> float:
        return scrape().value(name, **labels) - self._before.value(name, **labels)
