"""Stress recipes on whole corpora: what noise, level, codecs and other changes of recordings cost, on new speakers.

Each name becomes a report in JSON; ``python docs/make_results.py`` makes the documentation's tables and pictures of
them::

    python examples/robustness_of_recipes.py --emodb path/to/emodb robust-alone robust-known functionals-alone

takes a quarter of an hour for each. A name is a recipe, or a part of one, and whether the model is told who speaks.
``--perturbations`` takes some changes only, by name or kind.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from sktimnet.datasets import load_casia, load_emodb
from sktimnet.model_selection import robustness
from sktimnet.perturbations import Speed
from sktimnet.preprocessing import FeatureScaler
from sktimnet.recipes import RECIPES, VIRTUAL_SPEAKERS, make_recipe
from sktimnet.speakers import with_speakers

LOADERS = {"emodb": load_emodb, "casia": load_casia}
EMODB_FEMALE = {"08", "09", "13", "14", "16"}
# What the robust recipe is without some of its parts.
PARTS = {
    "functionals": {"classifier": SVC(C=10, kernel=rbf_kernel), "scaler": FeatureScaler(), "augmentation": ()},
    "unchanged": {"augmentation": ()},
    "speeds": {"augmentation": (Speed(1.17), Speed(0.85))},
    "noises": {"augmentation": VIRTUAL_SPEAKERS[:4]},
}


def stress(name, corpus_name, corpus, options):
    """Stress one recipe, and keep the report without paths."""
    recipe, told = name.split("-")
    estimator = make_recipe(recipe if recipe in RECIPES else "robust", memory=options.cache)
    report = robustness(
        estimator.set_params(**PARTS.get(recipe, {})),
        with_speakers(corpus.data, corpus.speaker) if told == "known" else corpus.data,
        corpus.target,
        speaker=corpus.speaker,
        sex=["female" if name in EMODB_FEMALE else "male" for name in corpus.speaker]
        if corpus_name == "emodb"
        else None,
        perturbations=options.perturbations,
    )
    print(report, flush=True)
    answers = [replace(a, confidence=[round(p, 3) for p in a.confidence]) for a in report.answers]
    seconds = [round(s, 2) for s in report.seconds]
    report = replace(report, path=None, answers=answers, seconds=seconds)
    report.to_json(options.out / f"robustness-{name}-{corpus_name}.json")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emodb", type=Path)
    parser.add_argument("--casia", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("kept"), help="features of training clips")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--perturbations", nargs="+", default="default", help="names or kinds; default: all")
    parser.add_argument("names", nargs="*", metavar="RECIPE-(alone|known)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    for corpus_name, load in LOADERS.items():
        if root := getattr(options, corpus_name):
            for name in options.names:
                stress(name, corpus_name, load(root), options)
