"""A long recording: :func:`timeline` and what it returns, a :class:`Timeline`."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from statistics import mode
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sktimnet import audio
from sktimnet.tables import as_frame
from sktimnet.timeline._answers import Answer, answer_windows, check_model, check_windows, make_answer, model_rate

# Windows that are predicted together: many enough to hide the overhead, few enough to stay small.
_BATCH = 48


@dataclass(frozen=True)
class Timeline:
    """What a model answers to a recording, window by window.

    Attributes
    ----------
    recording : str or None
        The file, None for a waveform.
    classes : ndarray of shape (n_classes,)
        The labels, in the order of the probabilities.
    windows : list of Answer
        One for each window, in order. Windows overlap.
    """

    recording: str | None
    classes: NDArray
    windows: list[Answer]

    def overall(self) -> Answer:
        """Return one answer for the whole recording: the mean of the windows with a label, weighted by their speech.

        Returns
        -------
        Answer
            Its label is None if no window has one.
        """
        return self._mean(self.windows, 0.0, self.windows[-1].end, least=0)

    def parts(self) -> list[Answer]:
        """Return an answer for each part between neighbouring ends of windows, so that nothing overlaps.

        The probabilities of a part are the mean over the windows that cover it, weighted by their share of speech; it
        has no label where most of these windows have none.

        Returns
        -------
        list of Answer
            From the beginning to the end of the recording.
        """
        starts, ends = (np.array([window[i] for window in self.windows]) for i in (0, 1))
        edges = np.unique(np.concatenate([starts, ends]))
        first, last = np.searchsorted(ends, edges[:-1], "right"), np.searchsorted(starts, edges[:-1], "right")
        cells = zip(edges[:-1], edges[1:], first, last, strict=True)
        return [self._mean(self.windows[i:j], start, end, least=0.5) for start, end, i, j in cells]

    def segments(self) -> list[Answer]:
        """Join neighbouring :meth:`parts` with the same label, or the same reason why there is none.

        Returns
        -------
        list of Answer
            From the beginning to the end of the recording.
        """
        parts = self.parts()
        what = [(part.label, part.reason) for part in parts]
        first = [i for i in range(len(parts)) if i == 0 or what[i] != what[i - 1]]
        return [_joined(parts[i:j]) for i, j in zip(first, [*first[1:], len(parts)], strict=True)]

    def to_table(self) -> list[dict[str, Any]]:
        """Return one dict for each window: start, end, label, speech, ``p_<class>`` for each class, and reason."""
        return [window.to_dict(self.classes) for window in self.windows]

    def to_frame(self) -> Any:
        """Return :meth:`to_table` as a :class:`pandas.DataFrame`.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        return as_frame(self.to_table)

    def to_csv(self, path: str | os.PathLike) -> None:
        """Write :meth:`to_table` to a CSV file.

        Parameters
        ----------
        path : str or path-like
            The file; an existing one is replaced.
        """
        rows = self.to_table()
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)

    def to_json(self, path: str | os.PathLike) -> None:
        """Write windows, segments and the answer for the whole recording to a JSON file.

        Parameters
        ----------
        path : str or path-like
            The file; an existing one is replaced.
        """
        document = {
            "recording": self.recording,
            "overall": self.overall().to_dict(self.classes),
            "segments": [segment.to_dict(self.classes) for segment in self.segments()],
            "windows": self.to_table(),
        }
        Path(path).write_text(json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False), encoding="utf-8")

    def to_audacity(self, path: str | os.PathLike) -> None:
        """Write the segments with a label as labels for Audacity (File, Import, Labels).

        Parameters
        ----------
        path : str or path-like
            The file; an existing one is replaced.
        """
        spoken = [segment for segment in self.segments() if segment.label is not None]
        lines = [f"{segment.start:.6f}\t{segment.end:.6f}\t{segment.label}\n" for segment in spoken]
        Path(path).write_text("".join(lines), encoding="utf-8")

    def _mean(self, windows: list[Answer], start: float, end: float, *, least: float) -> Answer:
        """Return the mean of windows with a label, none where they are less than some share of all."""
        spoken = [window for window in windows if window.label is not None]
        probabilities = np.full(len(self.classes), np.nan)
        if spoken and len(spoken) >= least * len(windows):
            weights = [window.speech for window in spoken]
            probabilities = np.average([window.probabilities for window in spoken], axis=0, weights=weights)
        speech = float(np.mean([window.speech for window in windows]))
        answer = make_answer(start, end, probabilities, speech, self.classes)
        if answer.label is None:
            return answer._replace(reason=mode(window.reason for window in windows if window.label is None))
        return answer


def _joined(parts: list[Answer]) -> Answer:
    """Join neighbouring parts with the same label; means are weighted by duration."""
    durations = [part.end - part.start for part in parts]
    return Answer(
        parts[0].start,
        parts[-1].end,
        parts[0].label,
        np.average([part.probabilities for part in parts], axis=0, weights=durations),
        float(np.average([part.speech for part in parts], weights=durations)),
        parts[0].reason,
    )


def timeline(
    pipeline: Any, recording: Any, *, window: float = 3.0, hop: float = 1.0, n_jobs: int | None = None
) -> Timeline:
    """Answer a recording of any length window by window.

    It is read in blocks: an hour takes as much memory as a minute. Windows overlap, and the last one ends with the
    recording. Windows without speech (:class:`sktimnet.speech.SpeechDetector`) get no label, and neither do those that
    the model takes for unlike its training clips
    (:meth:`~sktimnet.speakers.SpeakerNormalizedClassifier.is_outlier`).

    Parameters
    ----------
    pipeline : classifier
        Fitted on recordings, with `predict_proba`.
    recording : path, file object, (waveform, rate) or mapping
        One clip as in :class:`~sktimnet.MFCCTransformer`, but for waveforms without a rate.
    window, hop : float, default=3.0, 1.0
        Seconds of a window, and from one to the next. Take windows about as long as the clips of the training set.
    n_jobs : int or None, default=None
        Batches of windows to predict at the same time, in processes, which take some seconds to start. None is 1 unless
        in a :class:`joblib.parallel_config` context.

    Returns
    -------
    Timeline
        Windows, segments and an answer for the whole; it writes tables, JSON and labels for Audacity.

    Raises
    ------
    TypeError, ValueError
        If the pipeline gives no probabilities, windows leave parts out, or the recording cannot be used.

    See Also
    --------
    live : The same for audio that is still being recorded.
    sktimnet.plotting.plot_timeline : A picture of it.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.datasets import make_emotional_speech
    >>> from sktimnet.recipes import make_recipe
    >>> from sktimnet.timeline import timeline
    >>> corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), random_state=0)
    >>> model = make_recipe("robust").set_params(outlier_detector=None)  # 16 clips do not tell what is unlike them
    >>> model = model.fit(corpus.data, corpus.target)
    >>> angry = np.concatenate([x for x, y in zip(corpus.data, corpus.target) if y == "angry"])
    >>> sad = np.concatenate([x for x, y in zip(corpus.data, corpus.target) if y == "sad"])
    >>> recording = np.concatenate([angry, np.zeros(4 * corpus.sr), sad])
    >>> for segment in timeline(model, (recording, corpus.sr), window=2.0).segments():
    ...     print(f"{segment.start:4.1f} {segment.end:4.1f} {segment.label}")
     0.0 11.0 angry
    11.0 13.0 None
    13.0 23.2 sad
    """
    check_model(pipeline)
    check_windows(window, hop)
    if isinstance(recording, list) and any(map(audio.is_path, recording)):
        raise ValueError(f"recording={recording!r:.80} is a list; call timeline for each recording in it.")
    name = str(os.fspath(recording)) if audio.is_path(recording) else None
    try:
        sr = model_rate(pipeline, audio.sampling_rate(recording))
        blocks = audio.load_blocks(recording, sr)
        answers = answer_windows(pipeline, blocks, sr, window=window, hop=hop, batch_size=_BATCH, n_jobs=n_jobs)
        return Timeline(name, pipeline.classes_, list(answers))
    except audio.AudioError as error:
        error.add_note(f"recording={name!r}" if name else "recording is a waveform or a file object")
        raise
