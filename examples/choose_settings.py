"""Compare settings of the robust recipe on new speakers of two corpora, so that each can choose for the other.

Each speaker is held out in turn; settings that a file of results holds are not run again.
``python docs/make_results.py`` makes the documentation's table::

    python examples/choose_settings.py --emodb path/to/emodb --casia path/to/casia
"""

import argparse
import json
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from sklearn.metrics import recall_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from sktimnet.datasets import load_casia, load_emodb
from sktimnet.preprocessing import FeatureScaler
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers
from sktimnet.svm import OneVsRestSVC

LOADERS = {"emodb": load_emodb, "casia": load_casia}
# Neither calibration nor the detector of outliers changes an answer.
WITHOUT = {"calibration_folds": None, "outlier_detector": None}
SCALERS = {"ranks": {}, "z-scores": {"scaler": FeatureScaler()}}
CLASSIFIERS = {"votes of pairs": partial(SVC, kernel=rbf_kernel), "one-vs-rest": OneVsRestSVC}
SETTINGS = {
    f"{scale}, {decides}, C={C}": {**scaler, "classifier": make(C=C)}
    for (decides, make), (scale, scaler), C in product(CLASSIFIERS.items(), SCALERS.items(), (1, 3, 10))
}


def measure(corpus, cache, settings):
    """Return for each setting UAR with names known and of each clip alone: means over speakers."""
    found = {setting: {"known": [], "alone": []} for setting in settings}
    for speaker in np.unique(corpus.speaker):
        own = corpus.speaker == speaker
        X, y = with_speakers(corpus.data[~own], corpus.speaker[~own]), corpus.target[~own]
        tested = {"known": with_speakers(corpus.data[own], corpus.speaker[own]), "alone": corpus.data[own]}
        for setting, changed in settings.items():
            model = make_recipe("robust", random_state=0, memory=cache).set_params(**WITHOUT, **changed)
            model.fit(X, y)
            for names, clips in tested.items():
                true = corpus.target[own]
                UAR = recall_score(true, model.predict(clips), labels=np.unique(true), average="macro")
                found[setting][names].append(UAR)
        print(speaker, {setting: [round(UAR[-1], 3) for UAR in both.values()] for setting, both in found.items()})
    return {setting: {names: round(mean(UAR), 4) for names, UAR in both.items()} for setting, both in found.items()}


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
            file = options.out / f"settings-{name}.json"
            found = json.loads(file.read_text()) if file.exists() else {}
            missing = {setting: changed for setting, changed in SETTINGS.items() if setting not in found}
            found |= measure(load(root), options.cache / "features", missing)
            print(name, found, flush=True)
            file.write_text(json.dumps(found))
