"""Measure how many clips of a new speaker the robust recipe needs to describe each relative to the others.

Each speaker is held out in turn, and the clips are predicted in random parts of so many, as if each part were another
speaker's. ``python docs/make_results.py`` makes the documentation's table of the result::

    python examples/clips_of_a_speaker.py --emodb path/to/emodb --casia path/to/casia

takes some ten minutes.
"""

import argparse
import json
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from sklearn.metrics import recall_score

from sktimnet.datasets import load_casia, load_emodb
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

LOADERS = {"emodb": load_emodb, "casia": load_casia}
TOGETHER = ("10", "15", "20", "30", "all")


def in_parts(n_clips, together):
    """Name clips as if each random part of so many of them, or a few more, were another speaker's."""
    parts = np.arange(n_clips) * (n_clips // together) // n_clips
    return np.random.RandomState(0).permutation(parts).astype(str)


def measure(corpus, cache):
    """Return UAR for each number of clips that are seen together, and for each clip alone: means over speakers."""
    found = {together: [] for together in (*TOGETHER, "each alone")}
    for speaker in np.unique(corpus.speaker):
        own = corpus.speaker == speaker
        model = make_recipe("robust", random_state=0, memory=cache).set_params(calibration_folds=None)
        model.fit(with_speakers(corpus.data[~own], corpus.speaker[~own]), corpus.target[~own])
        clips, y = corpus.data[own], corpus.target[own]
        for together, scores in found.items():
            if together == "each alone":
                X = clips
            else:
                X = with_speakers(clips, in_parts(len(clips), len(clips) if together == "all" else int(together)))
            scores.append(recall_score(y, model.predict(X), labels=np.unique(y), average="macro"))
    return {together: round(mean(scores), 4) for together, scores in found.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emodb", type=Path)
    parser.add_argument("--casia", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("kept"), help="features of the clips")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    for name, load in LOADERS.items():
        if root := getattr(options, name):
            found = measure(load(root), options.cache / "features")
            print(name, found, flush=True)
            (options.out / f"clips-of-a-speaker-{name}.json").write_text(json.dumps(found))
