"""What the runs told, as the table of docs/benchmarks.md."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

Runs = dict[str, list[dict[str, Any]]]
HEAD = (
    "| | ours req/s | p50, p99 ms | peer req/s | p50, p99 ms | ours / peer | database alone | ours / it |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def table(runs: Path, limits: Mapping[str, float]) -> str:
    by_endpoint: dict[str, Runs] = defaultdict(lambda: {"ours": [], "peer": []})
    for line in runs.read_text().splitlines():
        run = json.loads(line)
        by_endpoint[run["name"]][run["server"]].append(run)
    return "\n".join([HEAD, *(_row(name, found, limits.get(name)) for name, found in by_endpoint.items())])


def _row(name: str, found: Runs, limit: float | None) -> str:
    """Ratios are of neighbouring runs."""
    ours, peer = found["ours"], found["peer"]
    ratios = [mine["rps"] / other["rps"] for mine, other in zip(ours, peer, strict=True)]
    ratio = f"**{median(ratios):.1f}** ({min(ratios):.1f} to {max(ratios):.1f})"
    wrong = sum(run["status"] + run["socket"] for run in ours)
    cells = [name + (f" ({wrong} errors)" if wrong else ""), *_figures(ours), *_figures(peer), ratio]
    alone = [f"{limit:,.0f}", f"{_mid(ours, 'rps') / limit:.0%}"] if limit else ["", ""]
    return f"| {' | '.join([*cells, *alone])} |"


def _figures(runs: list[dict[str, Any]]) -> list[str]:
    return [f"{_mid(runs, 'rps'):,.0f}", f"{_mid(runs, 'p50_ms'):.1f}, {_mid(runs, 'p99_ms'):.1f}"]


def _mid(runs: list[dict[str, Any]], key: str) -> float:
    return float(median(run[key] for run in runs))


def memory_mb(pid: int) -> list[int]:
    """Of each child of a process, each shared page counted by its share; 0 for one that has just ended."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [_own_mb(int(child)) for child in children]


def _own_mb(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except ProcessLookupError:
        return 0
    found = re.search(r"^Pss:\s+(\d+)", told, re.MULTILINE)
    return int(found[1]) // 1024 if found else 0
