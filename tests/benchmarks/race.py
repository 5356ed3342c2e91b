"""How the benchmarks time: ours and the yardstick in turn, since only what ran side by side can be compared."""

import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import NamedTuple


class Result(NamedTuple):
    """Median seconds of both, and the median of the ratios of neighbouring runs, which a busy machine moves less."""

    ours: float
    yardstick: float
    ratio: float


def race(
    benchmark, ours: Callable[[], object], yardstick: Callable[[], object], rounds: int, warmup_rounds: int = 2
) -> Result:
    """Run the yardstick before each of pytest-benchmark's rounds of ours, and note it beside them."""
    before: list[float] = []
    benchmark.pedantic(
        ours, setup=lambda: before.append(seconds(yardstick)), rounds=rounds, warmup_rounds=warmup_rounds
    )
    return note(benchmark, zip(benchmark.stats.stats.data, before[warmup_rounds:], strict=True))


def note(benchmark, rounds: Iterable[Iterable[float]]) -> Result:
    """Keep what ours and the yardstick took in each round with the benchmark, for its JSON."""
    pairs = [tuple(both) for both in rounds]
    result = Result(*map(median, zip(*pairs, strict=True)), median(a / b for a, b in pairs))
    benchmark.extra_info.update(result._asdict())
    return result


def seconds(function: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def report(title: str, result: Result, items: int = 1, note: str = "") -> None:
    """Print one row of the table in milliseconds, for each of ``items``."""
    ours, yardstick = 1e3 * result.ours / items, 1e3 * result.yardstick / items
    print(f"\n{title:38s} {ours:8.2f} ms, yardstick {yardstick:8.2f} ms, ratio {result.ratio:6.3f}{note}")
