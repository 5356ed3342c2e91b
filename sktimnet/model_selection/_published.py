"""The figures of the paper's Tables 1 to 3 with their protocols, and comparisons with figures obtained here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sktimnet.datasets import CORPORA
from sktimnet.model_selection._splits import NEEDS
from sktimnet.model_selection._tables import text_table


class Published(NamedTuple):
    """One line of a table of the paper; scores in percent, None where the paper has none.

    `corpus` is None for averages over corpora, `protocol` is None where it is not known, and `uar_sd` and `war_sd` are
    over runs.
    """

    table: int
    corpus: str | None
    method: str
    year: int
    protocol: str | None
    uar: float | None
    war: float | None
    uar_sd: float | None = None
    war_sd: float | None = None


def _others() -> list[Published]:
    """Return Table 1 without TIM-Net."""
    best = "best-epoch"
    rows: list[tuple[str, str, int, str | None, float | None, float | None]] = [
        ("CASIA", "DT-SVM", 2019, None, 85.08, 85.08),
        ("CASIA", "TLFMRF", 2020, None, 85.83, 85.83),
        ("CASIA", "GM-TCN", 2022, best, 90.17, 90.17),
        ("CASIA", "CPAC", 2022, best, 92.75, 92.75),
        ("EMODB", "TSP+INCA", 2021, None, 89.47, 90.09),
        ("EMODB", "GM-TCN", 2022, best, 90.48, 91.39),
        ("EMODB", "LightSER", 2022, best, 94.15, 94.21),
        ("EMODB", "CPAC", 2022, best, 94.22, 94.95),
        ("EMOVO", "RM+CNN", 2021, None, 68.93, 68.93),
        ("EMOVO", "SVM", 2021, None, 73.30, 73.30),
        ("EMOVO", "TSP+INCA", 2021, None, 79.08, 79.08),
        ("EMOVO", "CPAC", 2022, best, 85.40, 85.40),
        ("IEMOCAP", "MHA+DRN", 2019, None, 67.40, None),
        ("IEMOCAP", "CNN+Bi-GRU", 2020, None, 71.72, 70.39),
        ("IEMOCAP", "SPU+MSCNN", 2021, None, 68.40, 66.60),
        ("IEMOCAP", "LightSER", 2022, best, 70.76, 70.23),
        ("RAVDESS", "CNN+INCA", 2021, None, None, 85.00),
        ("RAVDESS", "TSP+INCA", 2021, None, 87.43, 87.43),
        ("RAVDESS", "GM-TCN", 2022, best, 87.64, 87.35),
        ("RAVDESS", "CPAC", 2022, best, 88.41, 89.03),
        ("SAVEE", "DCNN", 2020, None, None, 82.10),
        ("SAVEE", "TSP+INCA", 2021, None, 83.38, 84.79),
        ("SAVEE", "CPAC", 2022, best, 83.69, 85.63),
        ("SAVEE", "GM-TCN", 2022, best, 83.88, 86.02),
    ]
    return [Published(1, *row) for row in rows]


def _ours() -> list[Published]:
    """Return TIM-Net's lines of Table 1, which the descriptions of the corpora hold."""
    return [
        Published(1, corpus.name, "TIM-Net", 2023, protocol, *scores)
        for corpus in CORPORA.values()
        for protocol, scores in corpus.published.items()
    ]


#: Every figure of Tables 1 (each corpus), 2 (cross-corpus, mean and SD of 10 runs of 20 cases) and 3 (ablations,
#: averages over the six corpora).
PUBLISHED: tuple[Published, ...] = (
    *_others(),
    *_ours(),
    Published(2, None, "TCN", 2023, "cross-corpus", 24.47, 24.39, 0.38, 0.42),
    Published(2, None, "CAAM", 2022, "cross-corpus", 32.37, 33.65, 0.27, 0.41),
    Published(2, None, "TIM-Net", 2023, "cross-corpus", 34.49, 35.66, 0.43, 0.32),
    Published(3, None, "TCN", 2023, "best-epoch", 80.45, 80.56),
    Published(3, None, "w/o BD", 2023, "best-epoch", 84.92, 85.32),
    Published(3, None, "w/o MS", 2023, "best-epoch", 85.45, 85.82),
    Published(3, None, "w/o DF", 2023, "best-epoch", 84.85, 85.24),
    Published(3, None, "TIM-Net", 2023, "best-epoch", 88.76, 88.97),
)


@dataclass(frozen=True)
class Comparison:
    """Published figures beside those obtained here; ``print`` it.

    Attributes
    ----------
    rows : list of dict
        ``name``, ``measure``, ``published``, ``here`` and ``difference`` (here less published), in percent.
    notes : list of str
        How the two differ.
    """

    rows: list[dict[str, Any]]
    notes: list[str]

    def __str__(self) -> str:
        rows = [
            [row["name"], row["measure"], f"{row['published']:.2f}", f"{row['here']:.2f}", f"{row['difference']:+.2f}"]
            for row in self.rows
        ]
        lines = text_table([["", "", "published", "here", "difference"], *rows], left=2)
        return "\n".join([*lines, *self.notes])


def compare(pairs: list[tuple[str, Published, dict[str, float]]], notes: list[str]) -> Comparison:
    """Put figures obtained here beside published ones.

    Parameters
    ----------
    pairs : list of (name, Published, dict)
        The dict holds UAR and WAR obtained here, as fractions.
    notes : list of str
        How the two differ.

    Returns
    -------
    Comparison
    """
    rows = []
    for name, published, here in pairs:
        for measure, theirs in (("UAR", published.uar), ("WAR", published.war)):
            if theirs is not None:
                ours = 100 * here[measure]
                difference = ours - theirs
                rows.append(dict(name=name, measure=measure, published=theirs, here=ours, difference=difference))
    return Comparison(rows, notes)


def published_timnet(corpus: str, protocol: str) -> tuple[Published, list[str]]:
    """Return TIM-Net's line of Table 1 and notes on how its protocol differs.

    Parameters
    ----------
    corpus : str
        Name of the corpus, in any case of letters.
    protocol : str
        The protocol of the figures to compare.

    Returns
    -------
    line : Published
        Of the same protocol; of "last-epoch" where nothing was published under it.
    notes : list of str

    Raises
    ------
    ValueError
        If Table 1 lacks the corpus.
    """
    lines = {line.protocol: line for line in _ours() if line.corpus == str(corpus).upper()}
    if not lines:
        known = sorted({str(line.corpus) for line in _ours()})
        raise ValueError(f"The paper's Table 1 has no corpus={corpus!r}; it has {', '.join(known)}.")
    line = lines.get(protocol, lines["last-epoch"])
    notes = [f"Published: protocol {line.protocol}, 500 epochs, 10 shuffled folds that are not stratified."]
    if line.protocol != protocol:
        harder = "which is harder: a lower figure is no failure to reproduce" if protocol in NEEDS else "of other folds"
        notes.append(f"Here: protocol {protocol}, {harder}.")
    if line.protocol == "best-epoch":
        notes.append("OPTIMISTIC, both: the epoch was chosen on the test fold.")
    return line, notes
