"""What is known about each public corpus: its classes and counts, its settings, its published scores."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Corpus:
    r"""What is known about a corpus of emotional speech: what there should be, on which terms, and its scores.

    Attributes
    ----------
    name : str
        The name that the literature uses.
    language : str
        The language that is spoken.
    class_counts : mapping of str to int
        Clips of each class.
    speaker_counts : mapping of str to (int or None)
        Clips of each speaker, speakers as in the ``speaker`` array of the loader; None where not published.
    female : tuple of str or None
        The speakers who are women; None where not known.
    n_texts : int or None
        Number of texts; None where speech is partly improvised, or who said the same is not fully told.
    layout : str
        Where the distribution keeps its audio, as an example path.
    licence, source : str
        On which terms the corpus is given, and where.
    url, checksum : str or None
        Where the archive can be downloaded without a form, and its checksum, where known.
    clip_length : int or None
        Samples at 22,050 Hz of the released front end; None where the paper does not use the corpus.
    n_blocks : int
        Temporal-aware blocks per direction.
    published : mapping of str to (float, float)
        TIM-Net's UAR and WAR in percent (Table 1 of the paper) by protocol: "last-epoch" (the paper's \*)
        and "best-epoch" (\*\*, chosen on the test fold and therefore optimistic).

    Raises
    ------
    ValueError
        If classes and speakers do not count the same number of clips, or a woman is none of the speakers.

    See Also
    --------
    load_corpus : Load it, and compare what is there with these counts.
    """

    name: str
    language: str
    class_counts: Mapping[str, int]
    speaker_counts: Mapping[str, int | None]
    female: tuple[str, ...] | None
    n_texts: int | None
    layout: str
    licence: str
    source: str
    url: str | None = None
    checksum: str | None = None
    clip_length: int | None = None
    n_blocks: int = 8
    published: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a description that contradicts itself."""
        known = [count for count in self.speaker_counts.values() if count is not None]
        if known and len(known) == self.n_speakers and sum(known) != self.n_clips:
            raise ValueError(
                f"{self.name}: speaker_counts are of {sum(known)} clips, class_counts of {self.n_clips}; both count "
                "all clips. Write None for a speaker whose number of clips is not known."
            )
        if unknown := [name for name in self.female or () if name not in self.speaker_counts]:
            raise ValueError(f"{self.name}: female={unknown} are none of the speakers {list(self.speaker_counts)}.")

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes, in alphabetical order."""
        return tuple(sorted(self.class_counts))

    @property
    def n_clips(self) -> int:
        """Number of clips of all classes."""
        return sum(self.class_counts.values())

    @property
    def n_speakers(self) -> int:
        """Number of speakers."""
        return len(self.speaker_counts)

    def describe(self) -> str:
        """Say in a few lines what the corpus is, on which terms it is given and where to get it."""
        counts = ", ".join(f"{label} {count}" for label, count in self.class_counts.items())
        texts = "" if self.n_texts is None else f", {self.n_texts} texts"
        return (
            f"{self.name} ({self.language})\n"
            f"{self.n_clips} clips ({counts}), {self.n_speakers} speakers{texts}.\n"
            f"Files: {self.layout}\nLicence: {self.licence}\nSource: {self.source}"
        )


def _even(labels: str, count: int, **others: int) -> Mapping[str, int]:
    counts = dict.fromkeys(labels.split(), count) | others
    return dict(sorted(counts.items()))


def _each(speakers: str, *counts: int | None) -> Mapping[str, int | None]:
    names = speakers.split()
    return dict(zip(names, counts * len(names) if len(counts) == 1 else counts, strict=True))


def _scores(last: tuple[float, float], best: tuple[float, float]) -> Mapping[str, tuple[float, float]]:
    return {"last-epoch": last, "best-epoch": best}


_SIX = "angry disgust fear happy neutral sad"
_CREMAD_WOMEN = (
    "1002 1003 1004 1006 1007 1008 1009 1010 1012 1013 1018 1020 1021 1024 1025 1028 1029 1030 1037 1043 "
    "1046 1047 1049 1052 1053 1054 1055 1056 1058 1060 1061 1063 1072 1073 1074 1075 1076 1078 1079 1082 "
    "1084 1089 1091"
)

_ALL = (
    Corpus(
        name="CASIA",
        language="Chinese",
        class_counts=_even("angry fear happy neutral sad surprise", 200),
        speaker_counts=_each("liuchanhg wangzhe zhaoquanyin zhaozuoxiang", 300),
        female=None,
        n_texts=50,
        layout="<speaker>/<emotion>/201.wav",
        licence="sold by the Chinese Linguistic Data Consortium",
        source="http://www.chineseldc.org",
        clip_length=88_000,
        published=_scores((91.08, 91.08), (94.67, 94.67)),
    ),
    Corpus(
        name="EMODB",
        language="German",
        class_counts=dict(angry=127, boredom=81, disgust=46, fear=69, happy=71, neutral=79, sad=62),
        speaker_counts=_each("03 08 09 10 11 12 13 14 15 16", 49, 58, 43, 38, 55, 35, 61, 69, 56, 71),
        female=("08", "09", "13", "14", "16"),
        n_texts=10,
        layout="wav/03a01Fa.wav",
        licence="public; CC0-1.0 according to audEERING's packaging, CC BY 4.0 according to others",
        source="http://emodb.bilderbar.info (sktimnet.datasets.fetch_emodb downloads it)",
        url="http://emodb.bilderbar.info/download/download.zip",
        clip_length=96_000,
        published=_scores((89.19, 90.28), (95.17, 95.70)),
    ),
    Corpus(
        name="EMOVO",
        language="Italian",
        class_counts=_even(f"{_SIX} surprise", 84),
        speaker_counts=_each("f1 f2 f3 m1 m2 m3", 98),
        female=("f1", "f2", "f3"),
        n_texts=14,
        layout="f1/dis-f1-b1.wav",
        licence="on request",
        source="Costantini et al., LREC 2014: ask the authors",
        clip_length=96_000,
        published=_scores((86.56, 86.56), (92.00, 92.00)),
    ),
    Corpus(
        name="IEMOCAP",
        language="English",
        class_counts=dict(angry=1103, happy=1636, neutral=1708, sad=1084),
        speaker_counts=_each(
            "Ses01F Ses01M Ses02F Ses02M Ses03F Ses03M Ses04F Ses04M Ses05F Ses05M",
            *(528, 557, 481, 542, 522, 629, 528, 503, 590, 651),
        ),
        female=("Ses01F", "Ses02F", "Ses03F", "Ses04F", "Ses05F"),
        n_texts=None,
        layout="Session1/sentences/wav/Ses01F_impro04/Ses01F_impro04_F000.wav with its label in "
        "Session1/dialog/EmoEvaluation/Ses01F_impro04.txt",
        licence="signed form of the University of Southern California",
        source="https://sail.usc.edu/iemocap/",
        clip_length=310_000,
        n_blocks=10,
        published=_scores((69.00, 68.29), (72.50, 71.65)),
    ),
    Corpus(
        name="RAVDESS",
        language="English",
        class_counts=_even("angry calm disgust fear happy sad surprise", 192, neutral=96),
        speaker_counts=_each(" ".join(f"{actor:02d}" for actor in range(1, 25)), 60),
        female=tuple(f"{actor:02d}" for actor in range(2, 25, 2)),
        n_texts=2,
        layout="Actor_01/03-01-05-01-02-01-01.wav",
        licence="CC BY-NC-SA 4.0",
        source="https://zenodo.org/records/1188976 (sktimnet.datasets.fetch_ravdess downloads it)",
        url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip",
        checksum="md5:bc696df654c87fed845eb13823edef8a",
        clip_length=110_000,
        published=_scores((90.04, 90.07), (91.93, 92.08)),
    ),
    Corpus(
        name="SAVEE",
        language="English",
        class_counts=_even("angry disgust fear happy sad surprise", 60, neutral=120),
        speaker_counts=_each("DC JE JK KL", 120),
        female=(),
        n_texts=None,
        layout="DC/d03.wav or DC_d03.wav",
        licence="signed form of the University of Surrey",
        source="http://kahlan.eps.surrey.ac.uk/savee/",
        clip_length=130_000,
        published=_scores((77.26, 79.36), (86.07, 87.71)),
    ),
    Corpus(
        name="CREMA-D",
        language="English",
        class_counts=_even(_SIX, 1271, neutral=1087),
        speaker_counts=_each(" ".join(str(actor) for actor in range(1001, 1092)), None),
        female=tuple(_CREMAD_WOMEN.split()),
        n_texts=12,
        layout="AudioWAV/1001_DFA_ANG_XX.wav",
        licence="Open Database License; contents Database Contents License",
        source="https://github.com/CheyneyComputerScience/CREMA-D",
    ),
    Corpus(
        name="TESS",
        language="English",
        class_counts=_even(f"{_SIX} surprise", 400),
        speaker_counts=_each("OAF YAF", 1400),
        female=("OAF", "YAF"),
        n_texts=200,
        layout="OAF_angry/OAF_back_angry.wav",
        licence="CC BY-NC-ND 4.0",
        source="https://doi.org/10.5683/SP2/E8H2MF",
    ),
)

CORPORA: Mapping[str, Corpus] = {corpus.name: corpus for corpus in _ALL}
"""The public corpora by name."""
