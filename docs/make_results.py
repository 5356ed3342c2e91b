"""Make the documentation's tables and pictures from the reports in ``docs/results``: ``python docs/make_results.py``.

``examples/whole_corpora.py`` writes the reports, and each may hold a part of its folds. A table replaces what stands
between ``<!-- its name -->`` and ``<!-- end -->`` in README.md and the pages of docs; pictures go to docs/images.
``examples/robustness_of_recipes.py`` writes those of robustness.
"""

import json
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise, product
from pathlib import Path
from statistics import mean, median, pstdev
from textwrap import wrap

import matplotlib.pyplot as plt
from numpy import average

from sktimnet.datasets import CORPORA
from sktimnet.model_selection import PUBLISHED, CrossCorpusReport, Report, RobustnessReport
from sktimnet.plotting import plot_confusion_matrix, plot_learning_curves

DOCS = Path(__file__).resolve().parent
RESULTS, IMAGES = DOCS / "results", DOCS / "images"
PAGES = (
    DOCS.parent / "README.md",
    DOCS / "experiments.md",
    DOCS / "new_speakers.md",
    DOCS / "robustness.md",
    DOCS / "confidence.md",
)
RUN = "python examples/whole_corpora.py --emodb path/to/emodb --casia path/to/casia"
STRESSED = ("robust-alone", "robust-known", "functionals-alone")
SEVERAL_SEEDS = ("table2", "robust-")  # how rows start that are run with more than one seed
EMODB_CASIA = ("emodb", "casia")
SPEAKERS = {"known": "names known", "alone": "each clip alone"}
MODELS = {
    "paper": "TIM-Net as published",
    "timnet": "TIM-Net, recipe `timnet`",
    "functionals": "SVM on functionals, z-scores",
    "ranks": "SVM on functionals, ranks",
    "one-vs-rest": "SVM on functionals, ranks, one-vs-rest",
    "robust": "recipe `robust`",
    "linear": "recipe `linear`",
    "together": "`robust` and `timnet`, probabilities averaged",
}
# Of these two.
WEIGHTS = {"robust": 0.7, "timnet": 0.3}
# The parts of the robust recipe, one after the other, and what each has that the one before it lacks.
PARTS = {
    "functionals": "",
    "ranks": "ranks in place of z-scores",
    "one-vs-rest": "each class against all others, in place of votes of pairs",
    "robust": "virtual speakers",
}
# What changes of the training clips the recipe is trained on, and what test clips are changed by.
TRAINED_ON = {
    "training clips as they are": "unchanged",
    "at two other speeds too": "speeds",
    "with babble, noise and a telephone band": "noises",
    "and in a room, and with a telephone's codec": "robust",
}
CHANGES = ("babble:20dB", "white-noise:20dB", "band:telephone", "room:0.3s", "codec:ulaw")
NOT_RUN = "not run yet"

# ---- reports --------------------------------------------------------------------------------------------------------


@cache
def read(name):
    """Read a report, None where its row was not run."""
    if name.startswith("together"):
        return together(*(read(name.replace("together", model, 1)) for model in WEIGHTS))
    file = RESULTS / f"{name}.json"
    return Report.from_json(file) if file.exists() else None


def together(*reports):
    """Average the probabilities of several models over the folds that all reports have, as a soft vote would."""
    if None in reports:
        return None
    first = reports[0]
    by_fold = [{(fold.seed, fold.fold): fold for fold in report.folds} for report in reports]
    folds = []
    for place in sorted(set.intersection(*map(set, by_fold))):
        found = [of_model[place] for of_model in by_fold]
        parts = zip(*(fold.probabilities for fold in found), strict=True)
        rows = [average(part, axis=0, weights=list(WEIGHTS.values())).tolist() for part in parts]
        predicted = [first.classes[row.index(max(row))] for row in rows]
        seconds = sum(fold.fit_seconds for fold in found)
        folds.append(replace(found[0], probabilities=rows, predicted=predicted, fit_seconds=seconds))
    seeds = sorted({fold.seed for fold in folds})
    return replace(first, folds=folds, settings=first.settings | {"seeds": seeds})


def new_speakers(model, names, corpus):
    """Return the name of the report of a model on new speakers; the paper's network takes no names."""
    if model == "paper":
        return f"new-speakers-{corpus}_speaker" if names == "alone" else None
    return f"{model}-{names}-{corpus}_speaker"


def known_speakers(model, names, corpus):
    """Return the name of the report of a model on speakers who are in training and test."""
    if model == "paper":
        return f"table1-{corpus}_last-epoch" if names == "alone" else None
    return f"{model}-mixed-{names}-{corpus}_last-epoch"


def n_planned(report):
    """Count the folds of a whole evaluation, over all seeds."""
    (corpus,) = (corpus for corpus in CORPORA.values() if corpus.n_clips == report.n_clips)
    n_folds = corpus.n_speakers if report.protocol == "speaker" else report.settings["n_splits"]
    return n_folds * len(report.settings["seeds"])


def is_whole(report):
    """Tell whether a row was run, with all of its folds."""
    return report is not None and len(report.folds) == n_planned(report)


def minutes(report):
    """Say how long a fold's features and training took: the median, since of an interrupted fold its end counts."""
    of_device = {"": [], " (GPU)": []}
    for fold in report.folds:
        of_device[" (GPU)" if fold.device == "cuda" else ""].append(fold.fit_seconds)
    return ", ".join(in_minutes(median(seconds)) + mark for mark, seconds in of_device.items() if seconds)


def in_minutes(seconds):
    """Write seconds as minutes."""
    return f"{seconds / 60:.1f}" if seconds >= 60 else f"{seconds / 60:.2f}"


# ---- cells ----------------------------------------------------------------------------------------------------------


def percent(value, sd=None):
    """Format a fraction, with its SD, as percent."""
    return f"{100 * value:.1f}" + ("" if sd is None else f" ± {100 * sd:.1f}")


def folds_of(report):
    """Say how many folds were run, of how many."""
    return f"{len(report.folds)}" if is_whole(report) else f"{len(report.folds)} of {n_planned(report)}"


def score(name, measure="UAR"):
    """Say the mean and SD over folds, and how many there are so far."""
    if name is None:
        return "-"
    if (report := read(name)) is None:
        return NOT_RUN
    found = report.scores[measure]
    return percent(found.mean, found.sd) + ("" if is_whole(report) else f" ({folds_of(report)} folds)")


def interval(found):
    """Write a bootstrap interval; a single speaker has none."""
    return "-" if found.low == found.high else f"{percent(found.low)} to {percent(found.high)}"


def effort(report):
    """Say folds, minutes a fold and threads."""
    seeds = len(report.settings["seeds"])
    folds = folds_of(report) + (f", {seeds} seeds" if seeds > 1 else "")
    return [folds, minutes(report), str(report.folds[0].torch_threads)]


def table(head, rows):
    """Write a table in Markdown, with a mean and its SD on one line."""
    return [f"| {' | '.join(cells)} |".replace(" ± ", "\u00a0±\u00a0") for cells in (head, ["---"] * len(head), *rows)]


def commands(rows):
    """Write the commands that run rows, or the folds that they lack."""
    by_seeds = {}
    for row in dict.fromkeys(rows):
        by_seeds.setdefault("0 1 2" if row.startswith(SEVERAL_SEEDS) else "0", []).append(row)
    lines = [f"{RUN} --seeds {seeds} -- {' '.join(names)}" for seeds, names in by_seeds.items()]
    return ["```", *(" \\\n    ".join(wrap(line, 78, break_on_hyphens=False)) for line in lines), "```"]


def with_commands(lines, names):
    """Add the commands of rows that are not whole to a table."""
    missing = [
        name.rpartition("_")[0]
        for name in names
        if name and not name.startswith("together") and not is_whole(read(name))
    ]
    return [*lines, "", "Not run yet, or not all folds:", "", *commands(missing)] if missing else lines


# ---- tables ---------------------------------------------------------------------------------------------------------


def table1():
    """Put the paper's Table 1 beside the same protocol here."""
    rows, names = [], [f"table1-{corpus}_{epoch}-epoch" for corpus in EMODB_CASIA for epoch in ("last", "best")]
    for name in names:
        corpus, protocol = re.fullmatch(r"table1-(\w+)_(.*)", name).groups()
        label = f"{corpus.upper()}, {protocol}{' (optimistic)' if protocol == 'best-epoch' else ''}"
        report = read(name)
        for measure, published in zip(("UAR", "WAR"), CORPORA[corpus.upper()].published[protocol], strict=True):
            if report is None:
                rows.append([label, measure, f"{published:.2f}", NOT_RUN, *[""] * 5])
                continue
            found = report.scores[measure]
            difference = f"{100 * found.mean - published:+.1f}"
            here = percent(found.mean, found.sd)
            rows.append([label, measure, f"{published:.2f}", here, difference, interval(found), *effort(report)])
    head = ["", "%", "published", "here", "difference", "95 % interval", "folds", "minutes a fold", "threads"]
    return with_commands(table(head, rows), names)


def front_ends():
    """Compare the released front end with that of the paper's text, on the same folds."""
    names = {"released": "table1-emodb_last-epoch", "the paper's text": "table1-text-emodb_last-epoch"}
    lines = on_shared_folds("EMODB", names)
    return lines if is_whole(read(names["the paper's text"])) else [*lines, "", *commands(["table1-text-emodb"])]


def on_shared_folds(corpus, names):
    """Compare reports over the folds that all of them have."""
    reports = {label: read(name) for label, name in names.items()}
    numbers = [{fold.fold for fold in report.folds} if report else set() for report in reports.values()]
    shared = set.intersection(*numbers)
    rows = []
    for label, report in reports.items():
        folds = [fold for fold in report.folds if fold.fold in shared] if report else []
        scores = [[getattr(fold, measure) for fold in folds] for measure in ("UAR", "WAR")]
        rows.append([label, *(percent(mean(values)) if values else NOT_RUN for values in scores)])
    return table([f"{corpus}, last-epoch, {len(shared)} fold{'s' * (len(shared) != 1)}", "UAR %", "WAR %"], rows)


def by_model(models, naming):
    """Write a line for each model: UAR on both corpora, with speakers' names and without."""
    places = list(product(EMODB_CASIA, SPEAKERS))
    rows = [["chance", *(f"{100 / len(CORPORA[corpus.upper()].labels):.1f}" for corpus, _ in places)]]
    for model in models:
        rows.append([MODELS[model], *(score(naming(model, names, corpus)) for corpus, names in places)])
    return table(["UAR %", *(f"{corpus.upper()}, {SPEAKERS[names]}" for corpus, names in places)], rows)


def all_names(models, naming):
    """List the reports of models."""
    return [naming(model, names, corpus) for model in models for names in SPEAKERS for corpus in EMODB_CASIA]


def new_speakers_table():
    """Compare models on new speakers."""
    return with_commands(by_model(MODELS, new_speakers), all_names(MODELS, new_speakers))


def new_speakers_details():
    """Write interval, accuracy and effort of each row of new speakers that was run."""
    rows = []
    for corpus, model, names in product(EMODB_CASIA, MODELS, SPEAKERS):
        name = new_speakers(model, names, corpus)
        if name and (report := read(name)):
            scores = [score(name), interval(report.scores["UAR"]), score(name, "WAR")]
            rows.append([f"{corpus.upper()}, {MODELS[model]}, {SPEAKERS[names]}", *scores, *effort(report)])
    return table(["", "UAR %", "95 % interval", "WAR %", "folds", "minutes a fold", "threads"], rows)


def gain(name, before):
    """Say how much a part adds: the mean difference over the folds that both reports have."""
    by_fold = []
    for report in (read(name), read(before)):
        folds = report.folds if report else []
        numbers = {fold.fold for fold in folds}
        by_fold.append({n: mean(fold.UAR for fold in folds if fold.fold == n) for n in numbers})  # over seeds
    shared = by_fold[0].keys() & by_fold[1].keys()
    return (
        f"{100 * mean(by_fold[0][n] - by_fold[1][n] for n in shared):+.1f} ({len(shared)} folds)" if shared else NOT_RUN
    )


def parts_table():
    """Say what each part of the robust recipe adds on new speakers, and where they are in training and test."""
    places = list(product(EMODB_CASIA, SPEAKERS))
    rows = []
    for protocol, naming in {"new speakers": new_speakers, "speakers in training and test": known_speakers}.items():
        for before, model in pairwise(PARTS):
            cells = [gain(*(naming(which, names, corpus) for which in (model, before))) for corpus, names in places]
            rows.append([f"{PARTS[model]}, {protocol}", *cells])
    return table(["points of UAR", *(f"{corpus.upper()}, {SPEAKERS[names]}" for corpus, names in places)], rows)


def mixed_table():
    """Compare models on speakers who are in training and test alike."""
    models = ("paper", "functionals", "robust", "linear")
    return with_commands(by_model(models, known_speakers), all_names(models, known_speakers))


def beside_speech():
    """Compare what a support vector machine scores on CASIA with more and less of the recording."""
    rows = {
        "the speech": "functionals",
        "the speech, its level and constant offset": "offset",
        "the speech and the silence at both ends": "untrimmed",
        "all of the recording": "raw",
    }
    reports = {
        label: [naming(row, "alone", "casia") for naming in (known_speakers, new_speakers)]
        for label, row in rows.items()
    }
    head = ["UAR %, each clip alone", "speakers in training and test", "new speakers"]
    lines = table(head, [[label, *map(score, names)] for label, names in reports.items()])
    return with_commands(lines, [name for names in reports.values() for name in names])


def trimmed():
    """Say what TIM-Net scores on CASIA where nothing but the speech is left, on the same folds."""
    names = {"as they are": "table1-casia_last-epoch", "trimmed": "table1-trimmed-casia_last-epoch"}
    lines = on_shared_folds("CASIA", names)
    return lines if read(names["trimmed"]) else [*lines, "", *commands(["table1-trimmed-casia"])]


def cross_corpus(net):
    """Read the reports of Table 2 of one method, one for each seed."""
    return [CrossCorpusReport.from_json(file) for file in sorted(RESULTS.glob(f"table2-{net}_seed*.json"))]


def table2():
    """Put the paper's Table 2 beside the two pairs of corpora here."""
    published = {line.method: line for line in PUBLISHED if line.table == 2}
    methods = {"tcn": "TCN", "timnet": "TIM-Net", "robust": "recipe `robust`"}
    rows = []
    for net, method in methods.items():
        reports = cross_corpus(net)
        cases = [case for report in reports for case in report.cases]
        cells = []
        for train in ("EMODB", "CASIA"):
            scores = [case.UAR for case in cases if case.train == train]
            sd = pstdev(scores) if len(scores) > 1 else None
            cells.append(percent(mean(scores), sd) if scores else NOT_RUN)
        line = published.get(method)
        theirs = f"{line.uar:.2f} ± {line.uar_sd:.2f}" if line else "-"
        rows.append([method, *cells, theirs, str(len(reports))])
    head = ["UAR %", "EMODB to CASIA", "CASIA to EMODB", "published, 20 pairs of five corpora", "seeds here"]
    return [*table(head, rows), "", *commands([f"table2-{net}" for net in methods])]


def table3():
    """Put the paper's Table 3 beside the same variants on EMODB."""
    variants = {"TCN": "table3-tcn", "w/o BD": "table3-wo-bd", "w/o MS": "table3-wo-ms", "w/o DF": "table3-wo-df"}
    variants["TIM-Net"] = "table1"
    published = {line.method: line for line in PUBLISHED if line.table == 3}
    rows, names = [], []
    for method, row in variants.items():
        both = [f"{row}-emodb_{epoch}-epoch" for epoch in ("last", "best")]
        rows.append([method, f"{published[method].uar:.2f}", *map(score, both), less_than_timnet(both[0])])
        names += both
    head = ["UAR %", "published (six corpora, best epoch)", "EMODB, last epoch", "EMODB, best epoch (optimistic)"]
    head.append("TIM-Net's last epoch less this one's, 95 % interval")
    return with_commands(table(head, rows), names)


def less_than_timnet(name):
    """Say how much better TIM-Net is than a variant on the same clips."""
    timnet, report = read("table1-emodb_last-epoch"), read(name)
    if report is timnet or not is_whole(report):
        return "-"
    found = timnet.difference(report)["UAR"]
    return f"{100 * found.pooled:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"


def cost():
    """Say what each row took, and what the robust recipe takes under the same protocol."""
    evaluated = {
        "Table 1, EMODB": ("table1-emodb_last-epoch", "mixed-known-emodb_last-epoch"),
        "Table 1, EMODB, front end of the paper's text": (
            "table1-text-emodb_last-epoch",
            "mixed-known-emodb_last-epoch",
        ),
        "Table 1, CASIA": ("table1-casia_last-epoch", "mixed-known-casia_last-epoch"),
        "new speakers, EMODB": ("new-speakers-emodb_speaker", "known-emodb_speaker"),
        "new speakers, CASIA": ("new-speakers-casia_speaker", "known-casia_speaker"),
        **{
            f"Table 3, {name}": (f"table3-{row}-emodb_last-epoch", "mixed-known-emodb_last-epoch")
            for name, row in {"TCN": "tcn", "w/o BD": "wo-bd", "w/o MS": "wo-ms", "w/o DF": "wo-df"}.items()
        },
    }
    rows = []
    for label, (name, robust) in evaluated.items():
        report, robust = read(name), read(f"robust-{robust}")
        rows.append([label, *([minutes(report), folds_of(report)] if report else [NOT_RUN, ""]), minutes(robust)])
    robust = in_minutes(median(case.fit_seconds for report in cross_corpus("robust") for case in report.cases))
    for net, method in {"timnet": "TIM-Net", "tcn": "TCN"}.items():
        seconds = [case.fit_seconds for report in cross_corpus(net) for case in report.cases]
        cells = [in_minutes(median(seconds)), str(len(seconds))] if seconds else [NOT_RUN, ""]
        rows.append([f"Table 2, {method}", *cells, robust])
    for net, found in fig3_results().items():
        rows.append([f"Fig. 3, {'TIM-Net' if net == 'timnet' else 'TCN'}", f"{found['minutes']:.1f}", "1", "-"])
    return table(["minutes a training, one thread", "here", "trainings", "recipe `robust`"], rows)


def readme():
    """Write the README's table: known speakers and new ones, on both corpora."""
    models = {
        "TIM-Net, run here": ("paper", "alone"),
        "recipe `robust`, each clip alone": ("robust", "alone"),
        "recipe `robust`, speakers' names known": ("robust", "known"),
    }
    places = [(corpus, naming) for corpus in EMODB_CASIA for naming in (known_speakers, new_speakers)]
    rows = [["chance", *(f"{100 / len(CORPORA[corpus.upper()].labels):.1f}" for corpus, _ in places)]]
    published = [f"{CORPORA[corpus.upper()].published['last-epoch'][0]:.1f}" for corpus in EMODB_CASIA]
    rows.append(["TIM-Net, published figures", published[0], "-", published[1], "-"])
    for label, (model, names) in models.items():
        rows.append([label, *(score(naming(model, names, corpus)) for corpus, naming in places)])
    heads = ("EMODB, known speakers", "EMODB, new speakers", "CASIA, known speakers", "CASIA, new speakers")
    return table(["UAR %", *heads], rows)


def fig2():
    """Show the paper's Fig. 2 of the corpora that were run."""
    lines = []
    for corpus in EMODB_CASIA:
        name = f"table1-{corpus}_last-epoch"
        if report := read(name):
            curves = f"![Accuracy and loss over 500 epochs, training and test](images/fig2_{corpus}_curves.png)"
            matrix = f"![Confusion matrix: true and predicted emotions](images/fig2_{corpus}_confusion.png)"
            lines += [f"{corpus.upper()}, {folds_of(report)} folds:", "", curves, "", matrix, ""]
        else:
            lines += [f"{corpus.upper()}: {NOT_RUN}.", ""]
    return lines[:-1]


def clips_of_a_speaker():
    """Say how many clips of a new speaker the robust recipe needs."""
    files = {corpus: RESULTS / f"clips-of-a-speaker-{corpus}.json" for corpus in EMODB_CASIA}
    found = {corpus: json.loads(file.read_text()) for corpus, file in files.items() if file.exists()}
    if not found:
        return [NOT_RUN.capitalize() + "."]
    head = ["UAR %, clips seen together", *next(iter(found.values()))]
    return table(head, [[corpus.upper(), *map(percent, scores.values())] for corpus, scores in found.items()])


def fig3():
    """Show the paper's Fig. 3 where it was run."""
    if not fig3_results():
        return [f"{NOT_RUN.capitalize()}.", "", *commands(["fig3"])]
    return ["![Embeddings of CASIA's test clips, coloured by emotion: TCN and TIM-Net](images/fig3_casia.png)"]


def fig3_results():
    """Read what was kept of each network of Fig. 3."""
    files = {network: RESULTS / f"fig3-{network}.json" for network in ("tcn", "timnet")}
    return {network: json.loads(file.read_text()) for network, file in files.items() if file.exists()}


@cache
def stressed():
    """Read the reports of robustness, by recipe."""
    files = {name: RESULTS / f"robustness-{name}-emodb.json" for name in STRESSED}
    return {name: RobustnessReport.from_json(file) for name, file in files.items() if file.exists()}


def robustness():
    """Say what each change of recordings costs each recipe."""
    columns = {}
    for name, report in stressed().items():
        model, names = name.split("-")
        columns[f"{MODELS[model]}, {SPEAKERS[names]}"] = {row["perturbation"]: row for row in report.to_table()}
    if not columns:
        return [NOT_RUN.capitalize() + "."]
    rows = []
    for change in next(iter(columns.values())):
        cells = [found.get(change) for found in columns.values()]
        if change == "clean":
            rows.append(["UAR % of the clips as they are", *(percent(row["UAR"]) for row in cells)])
        else:
            rows.append([f"`{change}`", *(lost_and_changed(row) if row else NOT_RUN for row in cells)])
    lines = table(["points of UAR lost / % of answers changed", *columns], rows)
    for name, label in zip(stressed(), columns, strict=True):
        lines += ["", f"{label}:", "", f"![What each change of recordings costs](images/robustness_{name}.png)"]
    return lines


def virtual_speakers():
    """Say what the virtual speakers add: UAR on new speakers whose clips are changed."""
    rows = []
    for corpus, (label, recipe) in product(EMODB_CASIA, TRAINED_ON.items()):
        file = RESULTS / f"robustness-{recipe}-alone-{corpus}.json"
        found = RobustnessReport.from_json(file).to_table() if file.exists() else []
        UAR = {row["perturbation"]: row["UAR"] for row in found}
        scores = [UAR[change] for change in ("clean", *CHANGES) if change in UAR]
        shown = [percent(score) for score in (*scores, mean(scores))] if scores else [NOT_RUN] * (len(CHANGES) + 2)
        rows.append([f"{corpus.upper()}, {label}", *shown])
    return table(["UAR %, each clip alone", "clips as they are", *(f"`{change}`" for change in CHANGES), "mean"], rows)


def settings():
    """Compare settings of the robust recipe, and mark what each corpus alone would choose."""
    files = {corpus: RESULTS / f"settings-{corpus}.json" for corpus in EMODB_CASIA}
    if not all(file.exists() for file in files.values()):
        return [NOT_RUN.capitalize() + "."]
    found = {corpus: json.loads(file.read_text()) for corpus, file in files.items()}
    means = {corpus: {name: mean(UAR.values()) for name, UAR in of.items()} for corpus, of in found.items()}
    rows = []
    for name in found["emodb"]:
        cells = [percent(found[corpus][name][names]) for corpus, names in product(EMODB_CASIA, SPEAKERS)]
        chosen = [corpus.upper() for corpus in EMODB_CASIA if means[corpus][name] == max(means[corpus].values())]
        rows.append([name, *cells, " and ".join(chosen)])
    heads = [f"{corpus.upper()}, {SPEAKERS[names]}" for corpus, names in product(EMODB_CASIA, SPEAKERS)]
    return table(["UAR %", *heads, "chosen by the mean of"], rows)


def lost_and_changed(row):
    """Say what a change costs, and whether that is more than it may."""
    mark = " **fails**" if row["passed"] is False else ""
    return f"{100 * row['lost'] + 0:.1f} / {100 * row['changed']:.0f}{mark}"


def confidence():
    """Say how far confidence can be relied on, of new speakers."""
    models, rows = ("robust", "linear"), []
    for corpus, names in product(EMODB_CASIA, SPEAKERS):
        found = [read(new_speakers(model, names, corpus)).calibration for model in models]
        cells = [text for each in found for text in (f"{each.roc_auc:.2f}", f"{each.ece:.3f}")]
        rows.append([f"{corpus.upper()}, {SPEAKERS[names]}", *cells])
    return table(["", *(f"`{model}`, {measure}" for model in models for measure in ("ROC area", "ECE"))], rows)


TABLES = {
    "confidence": confidence,
    "readme": readme,
    "table1": table1,
    "front-ends": front_ends,
    "fig2": fig2,
    "fig3": fig3,
    "trimmed": trimmed,
    "beside-speech": beside_speech,
    "virtual-speakers": virtual_speakers,
    "settings": settings,
    "robustness": robustness,
    "clips-of-a-speaker": clips_of_a_speaker,
    "new-speakers": new_speakers_table,
    "new-speakers-details": new_speakers_details,
    "parts": parts_table,
    "mixed": mixed_table,
    "table2": table2,
    "table3": table3,
    "cost": cost,
}


def with_tables(text):
    """Return a page with its tables made anew."""
    return re.sub(
        r"<!-- (\S+) -->\n.*?<!-- end -->",
        lambda found: "\n".join([f"<!-- {found[1]} -->", "", *TABLES[found[1]](), "", "<!-- end -->"]),
        text,
        flags=re.DOTALL,
    )


# ---- pictures -------------------------------------------------------------------------------------------------------


def save(figure, name):
    """Write a picture; eight inches are the width of a page, so that letters keep their size."""
    figure.savefig(IMAGES / f"{name}.png", dpi=110, metadata={"Software": None})
    plt.close(figure)


def draw_fig2(corpus):
    """Draw learning curves and the confusion matrix of a row of Table 1."""
    report = read(f"table1-{corpus}_last-epoch")
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
    for ax, measure in zip(axes, ("accuracy", "loss"), strict=True):
        plot_learning_curves(report, measure, ax=ax).set_title(f"{corpus.upper()}, {measure}")
    save(figure, f"fig2_{corpus}_curves")
    ax = plot_confusion_matrix(report)
    ax.set_title(f"{corpus.upper()}, {ax.get_title()}")
    save(ax.figure, f"fig2_{corpus}_confusion")


def draw_models(name, models):
    """Draw the UAR of models on new speakers: each speaker as a small mark, their mean as a large one."""
    shown = [model for model in models if any(read(name) for name in all_names([model], new_speakers) if name)]
    figure, axes = plt.subplots(1, 2, figsize=(8, 1.6 + 0.8 * len(shown)), sharey=True, layout="constrained")
    marks = {"known": ("#0072B2", "o", 0.16), "alone": ("#D55E00", "s", -0.2)}  # Okabe and Ito's colours
    for corpus, ax in zip(EMODB_CASIA, axes, strict=True):
        for row, model in enumerate(reversed(shown)):
            for names, (colour, marker, above) in marks.items():
                report_name = new_speakers(model, names, corpus)
                if report_name is None or (report := read(report_name)) is None:
                    continue
                scores = [100 * fold.UAR for fold in report.folds]
                ax.plot(scores, [row + above] * len(scores), marker, color=colour, alpha=0.35, markersize=4)
                ax.plot(mean(scores), row + above, marker, color=colour, markeredgecolor="black", markersize=9)
                text = f"{mean(scores):.1f}" + ("" if is_whole(report) else f" ({folds_of(report)} folds)")
                ax.annotate(text, (mean(scores), row + above), (0, 6), textcoords="offset points", ha="center")
        chance = 100 / len(CORPORA[corpus.upper()].labels)
        ax.axvline(chance, color="0.4", linestyle="--", linewidth=1)
        ax.set(xlim=(chance - 5, 100), ylim=(-0.5, len(shown) - 0.35), xlabel="UAR (%)", title=corpus.upper())
        ax.set_yticks(
            range(len(shown)), [MODELS[model].replace("`", "").replace(", ", ",\n") for model in reversed(shown)]
        )
    for names, (colour, marker, _) in marks.items():
        axes[0].plot([], [], marker, color=colour, markeredgecolor="black", markersize=9, label=SPEAKERS[names])
    axes[0].plot([], [], "--", color="0.4", label="chance")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    save(figure, name)


def draw_fig3():
    """Draw the layout of CASIA's test clips by both networks."""
    figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
    for (network, found), ax in zip(fig3_results().items(), axes, strict=False):
        emotions = sorted(set(found["emotions"]))
        for emotion, marker in zip(emotions, "osD^vP", strict=True):
            points = [p for p, name in zip(found["points"], found["emotions"], strict=True) if name == emotion]
            ax.scatter(*zip(*points, strict=True), s=18, marker=marker, edgecolors="0.3", linewidths=0.3, label=emotion)
        ax.set(xticks=[], yticks=[], title=f"{ {'tcn': 'TCN', 'timnet': 'TIM-Net'}[network] }: WAR {found['WAR']:.1%}")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=6, frameon=False)
    save(figure, "fig3_casia")


def draw_robustness(name, report):
    """Draw what each change costs a recipe."""
    figure = report.plot().figure
    figure.savefig(IMAGES / f"robustness_{name}.png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    plt.close(figure)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_tables(page.read_text(encoding="utf-8")), encoding="utf-8")
    for corpus in EMODB_CASIA:
        if read(f"table1-{corpus}_last-epoch"):
            draw_fig2(corpus)
    draw_models("new_speakers", MODELS)
    draw_models("parts", PARTS)
    if fig3_results():
        draw_fig3()
    for name, stressed_report in stressed().items():
        draw_robustness(name, stressed_report)
