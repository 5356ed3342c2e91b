"""Stress recipes on EMODB: what noise, level, codecs and other changes of recordings cost, on speakers held out.

``python examples/robustness_of_recipes.py path/to/emodb`` takes a quarter of an hour for each recipe, and writes a
report (JSON) of each under ``--out``; ``python docs/make_results.py`` makes the documentation's table and pictures of
them. ``robust-alone`` is the recipe "robust" where speakers are unknown, ``robust-known`` where they are named;
``functionals`` is its support vector machine on the same functionals, without ranks and virtual speakers.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from sktimnet.datasets import load_emodb
from sktimnet.model_selection import robustness
from sktimnet.preprocessing import FeatureScaler
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("root")
parser.add_argument("--out", type=Path, default=Path("docs/results"))
parser.add_argument("--perturbations", nargs="+", default="default", help="names or kinds; default: all")
parser.add_argument(
    "names", nargs="*", metavar="RECIPE-SPEAKERS", default=["robust-alone", "robust-known", "functionals-alone"]
)
options = parser.parse_args()
torch.set_num_threads(1)

corpus = load_emodb(options.root)
female = {"08", "09", "13", "14", "16"}
sex = ["female" if name in female else "male" for name in corpus.speaker]
for name in options.names:
    recipe, told = name.split("-")
    if recipe == "functionals":
        estimator = make_recipe("robust").set_params(scaler=FeatureScaler(), augmentation=())
    else:
        estimator = make_recipe(recipe)
    X = with_speakers(corpus.data, corpus.speaker) if told == "known" else corpus.data
    report = robustness(
        estimator,
        X,
        corpus.target,
        speaker=corpus.speaker,
        sex=sex,
        perturbations=options.perturbations,
        verbose=1,
    )
    print(report, flush=True)
    replace(report, path=None).to_json(options.out / f"robustness-{name}.json")
