"""Keep the ratios of releases side by side in ``history.json``, from what ``tox -e bench`` wrote.

::

    python tests/benchmarks/history.py run1.json run2.json run3.json --release 0.2.0

takes the medians of runs of one commit, adds their row, or puts it in place of the row of that name, and prints the
table of all. Without files it prints the table. Medians are of one machine's minutes; ratios to the yardstick of the
same run are what compares.
"""

import argparse
import json
from pathlib import Path
from statistics import median

HISTORY = Path(__file__).with_name("history.json")


def row(runs, release):
    """Return what is kept of runs of one commit."""
    commits = {run["commit_info"]["id"][:7] for run in runs}
    if len(commits) > 1:
        raise SystemExit(f"The runs are of several commits, {', '.join(sorted(commits))}; add each by itself.")
    cpu = runs[0]["machine_info"]["cpu"]
    return {
        "release": release or min(commits),
        "commit": min(commits),
        "date": runs[0]["commit_info"]["time"][:10],
        "machine": f"{cpu['count']} cores, {cpu['brand_raw']}",
        "runs": len(runs),
        "benchmarks": {name: kept(found) for name, found in sorted(by_name(runs).items())},
    }


def by_name(runs):
    """Group the benchmarks that have a yardstick by their names."""
    found = {}
    for run in runs:
        for benchmark in run["benchmarks"]:
            if "ratio" in benchmark["extra_info"]:
                found.setdefault(benchmark["name"].removeprefix("test_"), []).append(benchmark)
    return found


def kept(found):
    """Return the medians of a benchmark's runs, to four digits, and its rounds in each."""
    ratio, ours = (median(run["extra_info"][name] for run in found) for name in ("ratio", "ours"))
    return {"ratio": float(f"{ratio:.4g}"), "median": float(f"{ours:.4g}"), "rounds": found[0]["stats"]["rounds"]}


def table(history):
    """Return the ratios of all releases as Markdown, one column each."""
    names = sorted({name for of_release in history for name in of_release["benchmarks"]})
    titles = [f"{of_release['release']}, {of_release['date']}" for of_release in history]
    lines = [["ratio to the yardstick, less is better", *titles], ["---"] * (len(history) + 1)]
    for name in names:
        ratios = [of_release["benchmarks"].get(name, {}).get("ratio") for of_release in history]
        lines.append([name.replace("_", " "), *("" if ratio is None else f"{ratio:.3f}" for ratio in ratios)])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main():
    """Add a row, if files are named, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, nargs="*", help="what pytest --benchmark-json wrote")
    parser.add_argument("--release", help="the name of the row; default: the commit")
    parser.add_argument("--history", type=Path, default=HISTORY)
    options = parser.parse_args()
    history = json.loads(options.history.read_text()) if options.history.exists() else []
    if options.run:
        new = row([json.loads(run.read_text()) for run in options.run], options.release)
        names = [of_release["release"] for of_release in history]
        place = names.index(new["release"]) if new["release"] in names else len(history)
        history[place : place + 1] = [new]
        options.history.write_text(json.dumps(history, indent=1) + "\n")
    print(table(history))


if __name__ == "__main__":
    main()
