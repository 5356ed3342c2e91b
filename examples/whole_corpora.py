"""Run the paper's tables on whole corpora.

Each row of the paper's Tables 1 to 3, and of new speakers, becomes a JSON report. A run that was interrupted goes on
with the folds that are missing::

    python examples/whole_corpora.py --emodb path/to/emodb --casia path/to/casia --memory kept table1-emodb table1-casia

Without rows it lists them. `python docs/make_results.py` makes the tables and pictures of the documentation of them.
"""

import argparse
import time
from pathlib import Path

import torch
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import CORPORA, load_casia, load_emodb
from sktimnet.feature_extraction import FRONT_ENDS
from sktimnet.model_selection import cross_corpus, evaluate

BOTH = ("last-epoch", "best-epoch")
LOADERS = {"emodb": load_emodb, "casia": load_casia}


def paper(corpus, cache, front_end="released", network=TIMNetClassifier, **changed):
    """Make the pipeline of the published figures: 500 epochs in batches of 64."""
    known = CORPORA[corpus.upper()]
    mfcc = MFCCTransformer(clip_length=known.clip_length, memory=cache, **FRONT_ENDS[front_end])
    return make_pipeline(mfcc, network(n_blocks=known.n_blocks, **changed))


ROWS = {
    "table1-emodb": ("emodb", {}, {"protocol": BOTH}),
    "table1-casia": ("casia", {}, {"protocol": BOTH}),
    "new-speakers-emodb": ("emodb", {}, {"protocol": "speaker", "n_splits": None}),
    "new-speakers-casia": ("casia", {}, {"protocol": "speaker", "n_splits": None}),
    "table1-emodb-paper-text": ("emodb", {"front_end": "paper"}, {"protocol": BOTH, "first": 3}),
    "table3-emodb-tcn": ("emodb", {"network": TCNClassifier}, {"protocol": BOTH}),
    "table3-emodb-wo-bd": ("emodb", {"bidirectional": False}, {"protocol": BOTH}),
    "table3-emodb-wo-ms": ("emodb", {"fusion": "last"}, {"protocol": BOTH}),
    "table3-emodb-wo-df": ("emodb", {"fusion": "average"}, {"protocol": BOTH}),
}
SHARED = ("angry", "fear", "happy", "neutral", "sad")


def run_row(name, corpora, options):
    """Run one row fold by fold, so that each finished fold is kept, and write its reports."""
    corpus_name, pipeline, protocol = ROWS[name]
    corpus = corpora[corpus_name]
    settings = dict(protocol)
    first = settings.pop("first", None)
    if first:  # the first folds of the same ten
        folds = StratifiedKFold(10, shuffle=True, random_state=0).split(corpus.data, corpus.target)
        settings["cv"] = list(folds)[:first]
    reports = evaluate(
        paper(corpus_name, options.memory / "features", **pipeline),
        corpus.data,
        corpus.target,
        speaker=corpus.speaker,
        text=corpus.text,
        memory=options.memory / "folds",
        verbose=1,
        **settings,
    )
    for report in reports if isinstance(reports, tuple) else [reports]:
        report.to_json(options.out / f"{name}_{report.protocol}.json")
        print(report)


def run_table2(corpora, options):
    """Train on one corpus and test on the other, the five emotions that both have, one seed at a time."""
    known = {name.upper(): corpora[name] for name in ("emodb", "casia")}
    for name, network in (("timnet", TIMNetClassifier), ("tcn", TCNClassifier)):
        report = cross_corpus(
            paper("emodb", options.memory / "features", network=network),
            known,
            labels=SHARED,
            seeds=range(options.seeds),
            verbose=1,
        )
        report.to_json(options.out / f"table2_{name}.json")
        print(report)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emodb", type=Path)
    parser.add_argument("--casia", type=Path)
    parser.add_argument("--memory", type=Path, default=Path("kept"))
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--seeds", type=int, default=3, help="of Table 2")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join([*ROWS, 'table2'])}")
    options = parser.parse_args()
    torch.set_num_threads(1)  # folds of the same numbers on machines with any number of cores
    options.out.mkdir(parents=True, exist_ok=True)
    corpora = {name: LOADERS[name](root) for name, root in vars(options).items() if name in LOADERS and root}
    for row in options.rows or print("Rows:", *ROWS, "table2") or ():
        started = time.perf_counter()
        run_table2(corpora, options) if row == "table2" else run_row(row, corpora, options)
        print(f"{row}: {time.perf_counter() - started:.0f} s")
