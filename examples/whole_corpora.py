"""Run the paper's tables on whole corpora, and the first table of new speakers.

Each row becomes a report in JSON, which holds the folds finished so far: a run that was interrupted goes on with those
that are missing, on any machine::

    python examples/whole_corpora.py --emodb path/to/emodb --casia path/to/casia table1-emodb table1-casia

Without rows it lists them.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import CORPORA, load_casia, load_emodb
from sktimnet.feature_extraction import FRONT_ENDS
from sktimnet.model_selection import CrossCorpusReport, Report, cross_corpus, evaluate

LOADERS = {"emodb": load_emodb, "casia": load_casia}
BOTH = ("last-epoch", "best-epoch")
SHARED = ("angry", "fear", "happy", "neutral", "sad")


def paper(corpus, cache, front_end="released", network=TIMNetClassifier, **changed):
    """Make the pipeline of the published figures: 500 epochs in batches of 64."""
    known = CORPORA[corpus.upper()]
    mfcc = MFCCTransformer(clip_length=known.clip_length, memory=cache, **FRONT_ENDS[front_end])
    return make_pipeline(mfcc, network(n_blocks=known.n_blocks, **changed))


# Corpus, what differs from the paper's pipeline, and how it is evaluated.
ROWS = {
    "table1-emodb": ("emodb", {}, {"protocol": BOTH}),
    "table1-casia": ("casia", {}, {"protocol": BOTH}),
    "new-speakers-casia": ("casia", {}, {"protocol": ("speaker",), "n_splits": None}),
    "new-speakers-emodb": ("emodb", {}, {"protocol": ("speaker",), "n_splits": None}),
    "table1-emodb-paper-text": ("emodb", {"front_end": "paper"}, {"protocol": BOTH, "folds": (1, 2, 3)}),
    "table3-emodb-tcn": ("emodb", {"network": TCNClassifier}, {"protocol": BOTH}),
    "table3-emodb-wo-bd": ("emodb", {"bidirectional": False}, {"protocol": BOTH}),
    "table3-emodb-wo-ms": ("emodb", {"fusion": "last"}, {"protocol": BOTH}),
    "table3-emodb-wo-df": ("emodb", {"fusion": "average"}, {"protocol": BOTH}),
}


def run_row(name, corpora, options):
    """Run the folds of a row that its reports do not hold yet, and add each to them."""
    corpus_name, changed, settings = ROWS[name]
    corpus = corpora[corpus_name]
    protocols = settings["protocol"]
    single = len(protocols) == 1
    settings = settings | {"protocol": protocols[0] if single else protocols}
    files = {protocol: options.out / f"{name}_{protocol}.json" for protocol in protocols}
    first = files[protocols[0]]
    done = {fold.fold for fold in Report.from_json(first).folds} if first.exists() else set()
    n_folds = len(set(corpus.speaker)) if single else 10
    for number in sorted(set(settings.pop("folds", range(1, n_folds + 1))) - done):
        pipeline = paper(corpus_name, options.cache / "features", **changed)
        pipeline.set_params(**{f"{pipeline.steps[-1][0]}__checkpoint": options.cache / "epochs"})
        started = time.perf_counter()
        found = evaluate(
            pipeline, corpus.data, corpus.target, speaker=corpus.speaker, text=corpus.text, folds=[number], **settings
        )
        for protocol, report in zip(protocols, [found] if single else found, strict=True):
            keep(report, files[protocol])
        print(f"{name}, fold {number}: {time.perf_counter() - started:.0f} s, {found}", flush=True)


def keep(report, file):
    """Add a report's folds to those of a file; curves of four digits keep it small."""
    folds = [
        replace(fold, curves={n: [round(v, 4) for v in values] for n, values in fold.curves.items()})
        for fold in report.folds
    ]
    report = replace(report, folds=folds)
    (Report.merge([Report.from_json(file), report]) if file.exists() else report).to_json(file)


def run_table2(corpora, options):
    """Train on one corpus and test on the other, the five emotions that both have, one seed at a time."""
    known = {name.upper(): corpora[name] for name in LOADERS}
    for name, network in (("timnet", TIMNetClassifier), ("tcn", TCNClassifier)):
        for seed in range(options.seeds):
            file = options.out / f"table2-{name}_seed{seed}.json"
            if file.exists():
                continue
            pipeline = paper("emodb", options.cache / "features", network=network)
            report: CrossCorpusReport = cross_corpus(pipeline, known, labels=SHARED, seeds=[seed])
            report.to_json(file)
            print(report, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emodb", type=Path)
    parser.add_argument("--casia", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("kept"), help="features, and epochs of the running fold")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--seeds", type=int, default=3, help="of table2")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join([*ROWS, 'table2'])}")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the same figures on machines with any number of cores
    options.out.mkdir(parents=True, exist_ok=True)
    corpora = {name: LOADERS[name](root) for name, root in vars(options).items() if name in LOADERS and root}
    for row in options.rows or print("Rows:", *ROWS, "table2") or ():
        run_table2(corpora, options) if row == "table2" else run_row(row, corpora, options)
