"""How the benchmarks time: ours and the yardstick in turn, since only what ran side by side can be compared."""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple


class Result(NamedTuple):
    """Median seconds of both, and the median of the ratios of neighbouring runs, which a busy machine moves less."""

    ours: float
    yardstick: float
    ratio: float


def race(ours: Callable[[], object], yardstick: Callable[[], object], repeats: int, warm_ups: int = 2) -> Result:
    """Run ``ours`` and ``yardstick`` in turn."""
    pairs = [(seconds(ours), seconds(yardstick)) for _ in range(warm_ups + repeats)][warm_ups:]
    return Result(*map(median, zip(*pairs, strict=True)), median(a / b for a, b in pairs))


def seconds(function: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def report(title: str, result: Result, items: int = 1, note: str = "") -> None:
    """Print one row of the table in milliseconds, for each of ``items``."""
    ours, yardstick = (f"{1e3 * time / items:8.2f} ms" for time in result[:2])
    print(f"\n{title:38s} {ours}, yardstick {yardstick}, ratio {result.ratio:6.3f}{note}")
