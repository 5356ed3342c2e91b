"""Stress recipes on EMODB: what noise, level, codecs and other changes of recordings cost, on speakers held out.

``python examples/robustness_of_recipes.py path/to/emodb`` takes a quarter of an hour for each recipe, and writes a
report (JSON) and a picture of each under ``--out``.
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
parser.add_argument("names", nargs="*", default=["robust-alone", "functionals-alone", "robust-known"])
options = parser.parse_args()
torch.set_num_threads(1)

corpus = load_emodb(options.root)
female = {"08", "09", "13", "14", "16"}
sex = ["female" if name in female else "male" for name in corpus.speaker]
for name in options.names:
    recipe, told = name.split("-")
    estimator = make_recipe("robust", random_state=0)
    if recipe == "functionals":  # the same machine on functionals, without ranks and virtual speakers
        estimator.set_params(scaler=FeatureScaler(), augmentation=())
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
    report = replace(report, path=None)
    report.to_json(options.out / f"robustness-{name}.json")
    report.plot().figure.savefig(options.out / f"robustness-{name}.png", dpi=110, bbox_inches="tight")
