"""Run the paper's tables on whole corpora, the first table of new speakers, and what each part of a recipe adds.

Each row becomes a report in JSON, which holds the folds finished so far: a run that was interrupted goes on with those
that are missing, on any machine::

    python examples/whole_corpora.py --emodb path/to/emodb --casia path/to/casia table1-emodb robust-known-emodb

Without rows it lists them. ``python docs/make_results.py`` makes the tables and pictures of the documentation of them.
"""

import argparse
import json
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import CORPORA, load_casia, load_emodb
from sktimnet.feature_extraction import FRONT_ENDS
from sktimnet.inspection import embedding_tsne
from sktimnet.model_selection import Report, cross_corpus, evaluate
from sktimnet.preprocessing import FeatureScaler
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

LOADERS = {"emodb": load_emodb, "casia": load_casia}
SHARED = ("angry", "fear", "happy", "neutral", "sad")
BOTH = {"protocol": ("last-epoch", "best-epoch")}
NEW = {"protocol": "speaker", "n_splits": None}
MIXED = {"protocol": "last-epoch"}
# The baseline's; a kernel that is a function is one matrix product, many times faster than libsvm's own.
SVM = {"classifier": SVC(C=10, kernel=rbf_kernel)}


def paper(corpus, cache, front_end="released", network=TIMNetClassifier, **changed):
    """Make the pipeline of the published figures: 500 epochs in batches of 64."""
    known = CORPORA[corpus.upper()]
    mfcc = MFCCTransformer(clip_length=known.clip_length, memory=cache / "features", **FRONT_ENDS[front_end])
    return make_pipeline(mfcc, network(n_blocks=known.n_blocks, checkpoint=cache / "epochs", **changed))


def trimmed(corpus, cache):
    """Make the same without what surrounds the speech: its silence at both ends, level and constant offset."""
    return paper(corpus, cache).set_params(
        mfcctransformer__clip_length=None,
        mfcctransformer__padding="nan",
        mfcctransformer__trim=40,
        mfcctransformer__normalize=True,
    )


def recipe(corpus, cache, name="robust", **changed):
    """Make a recipe, or one without some of its parts."""
    return make_recipe(name, memory=cache / "features").set_params(**changed)


def recorded(corpus, cache, **framing):
    """Make the support vector machine on functionals of more than the speech."""
    changed = {
        f"features__channels__{channel}__{name}": value
        for channel in ("descriptors", "mfcc")
        for name, value in framing.items()
    }
    return recipe(corpus, cache, **SVM, scaler=FeatureScaler(), augmentation=(), **changed)


# The parts of the robust recipe, one after the other.
PARTS = {
    "functionals": partial(recipe, **SVM, scaler=FeatureScaler(), augmentation=()),
    "ranks": partial(recipe, **SVM, augmentation=()),
    "one-vs-rest": partial(recipe, augmentation=()),
    "robust": recipe,
    "linear": partial(recipe, name="linear"),
    "timnet": partial(recipe, name="timnet"),
}
# What a recording holds beside the speech: silence at both ends, level and constant offset, or all of them.
RECORDED = {
    "untrimmed": partial(recorded, trim=None),
    "offset": partial(recorded, normalize=False),
    "raw": partial(recorded, trim=None, normalize=False),
}
# For each row a pipeline, whether speakers' names go with the clips, how it is evaluated, and on which corpora.
ROWS = {
    "table1": (paper, False, BOTH, ("emodb", "casia")),
    "new-speakers": (paper, False, NEW, ("emodb", "casia")),
    "table1-text": (partial(paper, front_end="paper"), False, BOTH, ("emodb",)),
    "table1-trimmed": (trimmed, False, BOTH | {"folds": (1, 2, 3)}, ("casia",)),
    "table3-tcn": (partial(paper, network=TCNClassifier), False, BOTH, ("emodb",)),
    "table3-wo-bd": (partial(paper, bidirectional=False), False, BOTH, ("emodb",)),
    "table3-wo-ms": (partial(paper, fusion="last"), False, BOTH, ("emodb",)),
    "table3-wo-df": (partial(paper, fusion="average"), False, BOTH, ("emodb",)),
}
for part, make in PARTS.items():
    ROWS[f"{part}-known"] = (make, True, NEW, ("emodb", "casia"))
    ROWS[f"{part}-alone"] = (make, False, NEW, ("emodb", "casia"))
    ROWS[f"{part}-mixed-known"] = (make, True, MIXED, ("emodb", "casia"))
    ROWS[f"{part}-mixed-alone"] = (make, False, MIXED, ("emodb", "casia"))
for beside, make in RECORDED.items():
    ROWS[f"{beside}-alone"] = (make, False, NEW, ("casia",))
    ROWS[f"{beside}-mixed-alone"] = (make, False, MIXED, ("casia",))
NAMES = {f"{row}-{corpus}": (row, corpus) for row, (_, _, _, corpora) in ROWS.items() for corpus in corpora}


def run_row(name, corpora, options):
    """Run the folds of a row that its reports do not hold yet, and add each to them."""
    row, corpus_name = NAMES[name]
    make, with_names, settings, _ = ROWS[row]
    corpus = corpora[corpus_name]
    X = with_speakers(corpus.data, corpus.speaker) if with_names else corpus.data
    protocols = settings["protocol"] if isinstance(settings["protocol"], tuple) else (settings["protocol"],)
    files = [options.out / f"{name}_{protocol}.json" for protocol in protocols]
    done = {fold.fold for fold in Report.from_json(files[0]).folds} if files[0].exists() else set()
    n_folds = len(set(corpus.speaker)) if settings["protocol"] == "speaker" else 10
    if unknown := sorted(set(options.folds or ()) - set(range(1, n_folds + 1))):
        raise SystemExit(f"{name} has the folds 1 to {n_folds}, not {unknown}.")
    settings = dict(settings)
    wanted = set(settings.pop("folds", range(1, n_folds + 1))) & set(options.folds or range(1, n_folds + 1))
    for number in sorted(wanted - done):
        started = time.perf_counter()
        found = evaluate(
            make(corpus_name, options.cache),
            X,
            corpus.target,
            speaker=corpus.speaker,
            text=corpus.text,
            folds=[number],
            seeds=options.seeds,
            **settings,
        )
        for file, report in zip(files, found if isinstance(found, tuple) else [found], strict=True):
            keep(report, file)
        print(f"{name}, fold {number}: {time.perf_counter() - started:.0f} s, {found}", flush=True)


def keep(report, file):
    """Add a report's folds to those of a file, without paths; four digits keep it small."""
    folds = [
        replace(
            fold,
            path=None,
            curves={name: [round(value, 4) for value in values] for name, values in fold.curves.items()},
            probabilities=[[round(p, 4) for p in row] for row in fold.probabilities or []] or None,
        )
        for fold in report.folds
    ]
    report = replace(report, folds=folds)
    (Report.merge([Report.from_json(file), report]) if file.exists() else report).to_json(file)


def run_table2(name, corpora, options):
    """Train on one corpus and test on the other, the five emotions that both have, one seed at a time."""
    known = {corpus.upper(): corpora[corpus] for corpus in LOADERS}
    for seed in options.seeds:
        file = options.out / f"{name}_seed{seed}.json"
        if not file.exists():
            report = cross_corpus(TABLE2[name]("emodb", options.cache), known, labels=SHARED, seeds=[seed])
            report.to_json(file)
            print(report, flush=True)


def run_fig3(name, corpora, options):
    """Lay out the embeddings of the fifth of CASIA's clips that TIM-Net and TCN were not trained on (Fig. 3)."""
    corpus, seed = corpora["casia"], options.seeds[0]
    clips = train_test_split(corpus.data, corpus.target, test_size=0.2, stratify=corpus.target, random_state=seed)
    X_train, X_test, y_train, y_test = clips
    for label, network in {"timnet": TIMNetClassifier, "tcn": TCNClassifier}.items():
        file = options.out / f"{name}-{label}.json"
        if not file.exists():
            started = time.perf_counter()
            fitted = paper("casia", options.cache, network=network, random_state=seed).fit(X_train, y_train)
            minutes = (time.perf_counter() - started) / 60
            features = fitted[:-1].transform(X_test)
            points = embedding_tsne(fitted[-1], features, random_state=0).round(2).tolist()
            found = {"WAR": fitted[-1].score(features, y_test), "minutes": minutes, "points": points}
            file.write_text(json.dumps(found | {"emotions": list(y_test)}))
            print(f"{name}, {label}: WAR {found['WAR']:.3f}, {minutes:.0f} minutes", flush=True)


TABLE2 = {"table2-timnet": paper, "table2-tcn": partial(paper, network=TCNClassifier), "table2-robust": recipe}
RUNS = {**dict.fromkeys(NAMES, run_row), **dict.fromkeys(TABLE2, run_table2), "fig3": run_fig3}
NEEDS = (
    {name: {corpus} for name, (_, corpus) in NAMES.items()} | dict.fromkeys(TABLE2, set(LOADERS)) | {"fig3": {"casia"}}
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--emodb", type=Path)
    parser.add_argument("--casia", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("kept"), help="features, and epochs of the running fold")
    parser.add_argument("--out", type=Path, default=Path("docs/results"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--folds", type=int, nargs="+", help="these only, counted from 1; all of a row unless given")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="those listed without rows")
    options = parser.parse_args()
    for row in options.rows:
        if row not in RUNS:
            parser.error(f"no row is named {row!r}; without rows this program lists them")
        if missing := [name for name in NEEDS[row] if getattr(options, name) is None]:
            parser.error(f"{row} needs --{missing[0]}, the directory of that corpus")
    torch.set_num_threads(1)  # the same figures on machines with any number of cores
    for directory in (options.out, options.cache):
        directory.mkdir(parents=True, exist_ok=True)
    corpora = {name: LOADERS[name](root) for name, root in vars(options).items() if name in LOADERS and root}
    for row in options.rows or print("Rows:", *RUNS) or ():
        RUNS[row](row, corpora, options)
