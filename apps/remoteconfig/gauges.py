"""Where the values come from, as the process has them that answers."""

from apps.core import metrics
from apps.core.metrics import Labels
from apps.remoteconfig import live, values

SOURCES = ("nacos", "last_good", "fallback", "file", "packaged")


@metrics.state("pk_config_source", "1 for where the remote configuration comes from", ["source"])
def source() -> dict[Labels, float]:
    values.current()
    here = live.snapshot().source
    return {(one,): float(one == here) for one in SOURCES}


@metrics.state("pk_config_problems", "Values that were to be used and are not")
def problems() -> dict[Labels, float]:
    return {(): len(live.snapshot().problems)}
