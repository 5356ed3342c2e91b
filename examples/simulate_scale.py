"""Measure how time, memory and disk grow with the number of clips, on simulated recordings.

::

    python examples/simulate_scale.py --sizes 1000 3000 10000 --out scale.json

Each stage runs in a process of its own, with two at work: the MFCCs of all files, one epoch of TIM-Net on them, three
folds of the recipes "linear" and "robust", and ``sktimnet predict``. Recordings (90 kB each) and features go to
--folder. What the file --out has already is not measured again, so ``--sizes 100000 --stages features predict`` puts a
measurement beside what the table extrapolates. Linux, with psutil (the extra "test" brings it).

The recordings are copies of 240 synthetic clips of 2 s, each at a level and in noise of its own. They cost what
recordings cost; scores mean nothing.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

import joblib
import numpy as np
import psutil
import soundfile
from scipy.optimize import lsq_linear

SECONDS = 2.0
EPOCHS = 500  # of the paper
FOLDS = 3
LEAST = 20  # clips: of fewer some emotions are missing


def features(names, labels, work):
    """Decode all files, and write their MFCCs to the cache."""
    mfcc(work).fit_transform(names)


def timnet(names, labels, work):
    """Train for one epoch on all clips, whose features are in the cache."""
    import torch

    from sktimnet import TIMNetClassifier

    torch.set_num_threads(1)  # as in each of several processes
    X = mfcc(work).fit_transform(names)
    start = time.process_time()
    TIMNetClassifier(max_epochs=1, device="cpu", random_state=0).fit(X, labels)
    return {"epoch": round(time.process_time() - start, 2)}


def linear(names, labels, work):
    """Run three folds with logistic regression; features are computed on the way."""
    folds("linear", names, labels, work)


def robust(names, labels, work):
    """Run three folds with the support vector machine, on the same features, which are in the cache."""
    folds("robust", names, labels, work)


def predict(names, labels, work):
    """Answer all files with the built-in model, a half in each of two commands."""
    commands = []
    for half in range(2):
        listed = work / f"names{half}.txt"
        listed.write_text("\n".join(names[half::2]))
        command = [sys.executable, "-m", "sktimnet", "predict", f"@{listed}", "--format", "csv"]
        with (work / f"answers{half}.csv").open("w") as answers:
            commands.append(subprocess.Popen(command, stdout=answers, stderr=subprocess.DEVNULL))
    if any(command.wait() for command in commands):
        raise RuntimeError("sktimnet predict failed.")


STAGES = {stage.__name__: stage for stage in (features, timnet, linear, robust, predict)}
#: Highest power of the number of clips in a stage's cost: a kernel matrix grows with the square.
POWER = {"robust": 2}
#: Changed copies of each training clip that recipes learn from, and how many at most.
CHANGES, MAX_CHANGED = 6, 6000


def mfcc(work):
    """Make the transformer whose features TIM-Net learns from."""
    from sktimnet.feature_extraction import FRONT_ENDS, MFCCTransformer

    return MFCCTransformer(**FRONT_ENDS["released"], clip_length=SECONDS, memory=work / "mfcc", n_jobs=2)


def folds(recipe, names, labels, work):
    """Cross-validate a recipe, two folds at a time, and end joblib's workers, which would wait for more."""
    from joblib.externals.loky import get_reusable_executor

    from sktimnet.model_selection import evaluate
    from sktimnet.recipes import make_recipe

    evaluate(make_recipe(recipe, memory=work / "recipes"), names, labels, n_splits=FOLDS, n_jobs=2)
    get_reusable_executor().shutdown()


def simulate(folder, n_clips):
    """Write recordings that are not there yet, and return the names and labels of all."""
    from sktimnet.datasets import make_emotional_speech

    speech = make_emotional_speech(duration=SECONDS, random_state=0)
    order = np.random.default_rng(0).permutation(len(speech.data))  # any first part of it has all emotions
    copied = [order[i % len(order)] for i in range(n_clips)]
    names = [folder / f"clips/{i // 1000:03d}/{i % 1000:03d}.wav" for i in range(n_clips)]
    missing = [(i, name) for i, name in enumerate(names) if not name.exists()]
    for part in {name.parent for _, name in missing}:
        part.mkdir(parents=True, exist_ok=True)
    joblib.Parallel(n_jobs=2, prefer="threads")(
        joblib.delayed(write)(name, speech.data[copied[i]], speech.sr, i) for i, name in missing
    )
    return [str(name) for name in names], [str(speech.target[i]) for i in copied]


def write(name, clip, sr, seed):
    """Write a clip at up to 20 dB less than its level, in white noise 10 to 40 dB below it."""
    rng = np.random.default_rng(seed)
    gain, noise = 10 ** (-rng.uniform((0, 10), (20, 40)) / 20)
    noisy = clip + noise * clip.std() * rng.standard_normal(len(clip), dtype=np.float32)
    soundfile.write(name, gain * noisy / np.abs(noisy).max(), sr)


def measure(stage, names, labels, work):
    """Run a stage, and return seconds, CPU seconds, MB of memory and disk, the machine's load, and what it returned."""
    disk, cpu, start, peak = used(work), cpu_seconds(), time.perf_counter(), 0
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        job = pool.submit(STAGES[stage], names, labels, work)
        while wait([job], timeout=0.5).not_done:
            peak = max(peak, memory_of_children())
        extra = job.result() or {}
    found = {"wall": time.perf_counter() - start, "cpu": cpu_seconds() - cpu, "memory": peak / 1e6}
    found |= {"disk": (used(work) - disk) / 1e6, "load": os.getloadavg()[0]}
    return {"stage": stage, "clips": len(names), **{name: round(value, 1) for name, value in found.items()}, **extra}


def cpu_seconds():
    """Return user and system time of all processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def memory_of_children():
    """Return the bytes of all processes below this one, shared pages once; ru_maxrss would start at the parent's."""
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has just ended
            pass
    return total


def used(folder):
    """Return the bytes that a folder takes on disk, blocks counted whole."""
    return sum(512 * path.lstat().st_blocks for path in folder.rglob("*"))


def learned(stage, n_clips):
    """Return how many clips a stage works on: of recipes, those that a fold trains on, changed copies too."""
    if stage not in ("linear", "robust"):
        return n_clips
    train = n_clips * (FOLDS - 1) // FOLDS
    return train + min(CHANGES * train, MAX_CHANGED)


def extrapolate(rows, name, n_clips):
    """Return what the polynomial without negative terms that is nearest to the measurements says of n_clips."""
    stage = rows[0]["stage"]
    sizes = np.array([learned(stage, row["clips"]) for row in rows], dtype=float)
    values = np.array([max(row[name], 1e-9) for row in rows])
    powers = np.vander(sizes, POWER.get(stage, 1) + 1)
    fit = lsq_linear(powers / values[:, np.newaxis], np.ones(len(rows)), (0, np.inf))  # relative errors
    return float(np.polyval(fit.x, learned(stage, n_clips)))


def table(rows, to):
    """Return the measurements of each stage as Markdown, and their extrapolation."""
    lines = ["| stage | clips | wall s | CPU s | memory MB | disk MB |", "|---|---|---|---|---|---|"]
    for stage in STAGES:
        found = sorted((row for row in rows if row["stage"] == stage), key=lambda row: row["clips"])
        lines += [line(stage, f"{row['clips']:,}", row) for row in found]
        smaller = [row for row in found if row["clips"] < to]
        if len(smaller) > POWER.get(stage, 1):
            names = smaller[0].keys() - {"stage", "clips", "load"}
            expected = {name: extrapolate(smaller, name, to) for name in names}
            lines.append(line(stage, f"{to:,}, extrapolated", expected))
            if "epoch" in expected:
                hours = expected["epoch"] * EPOCHS * (FOLDS - 1) / 3600
                lines.append(f"| timnet | {FOLDS} folds of {EPOCHS} epochs | | {hours:,.0f} hours | | |")
    return "\n".join(lines)


def line(stage, clips, row):
    """Return one row of the table."""
    cells = [stage, clips, *(f"{row[name]:,.0f}" for name in ("wall", "cpu", "memory", "disk"))]
    return f"| {' | '.join(cells)} |"


def main():
    """Measure what is missing in the file, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000, 10000], metavar="N")
    parser.add_argument(
        "--stages",
        nargs="+",
        default=[*STAGES],
        choices=STAGES,
        help="timnet and robust read what features and linear write in the same call; default: all",
    )
    parser.add_argument("--to", type=int, default=100_000, metavar="N", help="extrapolate to so many clips")
    parser.add_argument("--folder", type=Path, help="for recordings and features; default: a temporary one")
    parser.add_argument("--out", type=Path, default=Path("scale.json"))
    options = parser.parse_args()
    if min(options.sizes) < LEAST:
        parser.error(f"--sizes {min(options.sizes)}: take {LEAST} clips or more")
    rows = json.loads(options.out.read_text()) if options.out.exists() else []
    with tempfile.TemporaryDirectory(prefix="scale-", dir=options.folder) as folder:
        for n_clips in sorted(options.sizes):
            done = {row["stage"] for row in rows if row["clips"] == n_clips}
            if not (missing := [stage for stage in options.stages if stage not in done]):
                continue
            names, labels = simulate(Path(folder), n_clips)
            with tempfile.TemporaryDirectory(dir=folder) as work:
                for stage in missing:
                    rows.append(measure(stage, names, labels, Path(work)))
                    print(rows[-1], flush=True)
                    options.out.write_text("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")
    print(table(rows, options.to))


if __name__ == "__main__":
    main()
