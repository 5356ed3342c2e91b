"""Read clips and compute their features, in batches, in parallel, and once for each file where there is a cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import numpy as np
import scipy
import soundfile
import soxr
from librosa.version import version as librosa_version
from numpy.typing import NDArray
from sklearn.utils.validation import check_memory
from tqdm.auto import tqdm

from sktimnet import __version__, audio
from sktimnet.feature_extraction._descriptors import DescriptorSettings
from sktimnet.feature_extraction._mfcc import MFCCSettings
from sktimnet.parallel import return_as

# Clips that a worker takes at a time: long enough to hide joblib's overhead, short enough to stay small.
_BATCH = 16


#: All that decides the features of a clip: a NamedTuple, so that a cache can be keyed by it.
Settings = MFCCSettings | DescriptorSettings
#: Positions of bad clips, and why they are bad.
Faults = list[tuple[int, str]]


def in_batches(
    function: Callable, clips: list, *arguments: Any, n_jobs: int | None, title: str, verbose: int
) -> Iterator[tuple[int, Any]]:
    """Call a function on batches of clips in parallel.

    Yields
    ------
    start : int
        Position of the first clip of a batch.
    result : object
        What the function returned for it.
    """
    workers = joblib.effective_n_jobs(n_jobs)
    size = min(_BATCH, -(-len(clips) // workers))
    starts = range(0, len(clips), size)
    if len(starts) == 1:  # workers would take a tenth of the time of a short clip
        results = (function(clips, *arguments) for _ in starts)
    else:
        parallel = joblib.Parallel(n_jobs=n_jobs, prefer="threads", return_as=return_as("threads"))
        results = parallel(joblib.delayed(function)(clips[start : start + size], *arguments) for start in starts)
    with tqdm(total=len(clips), desc=title, unit="clip", disable=not verbose) as bar:
        for start, result in zip(starts, results, strict=True):
            yield start, result
            bar.update(min(size, len(clips) - start))


def read_batch(clips: list, read: Callable[[Any], Any]) -> tuple[list, Faults]:
    """Read clips, their headers alone or all of them; list the bad ones as (position, reason)."""
    results, faults = [], []
    for i, clip in enumerate(clips):
        try:
            results.append(read(clip))
        except audio.AudioError as error:
            faults.append((i, str(error)))
    return results, faults


def features_of_batch(
    clips: list, settings: Settings, memory: joblib.Memory
) -> tuple[list[NDArray[np.float32] | None], Faults]:
    """Return the features of clips, None for bad ones, and list these as (position, reason)."""
    cached = memory.cache(_features_as_bytes, ignore=["clip", "settings"])
    features: list[NDArray[np.float32] | None] = []
    faults = []
    for i, clip in enumerate(clips):
        try:
            if _has_key(clip):
                data = np.frombuffer(cached(_cache_key(clip, settings), clip, settings), dtype=np.float32)
                features.append(data.reshape(settings.n_features, -1))
            else:
                features.append(_features(clip, settings))
        except audio.AudioError as error:
            features.append(None)
            faults.append((i, str(error)))
    return features, faults


def open_memory(memory: str | os.PathLike | joblib.Memory | None) -> joblib.Memory:
    """Return the cache. A directory that is not there is none: `fit` makes it, and a model taken elsewhere does not."""
    if isinstance(memory, str | os.PathLike):
        memory = os.fspath(memory) if os.path.isdir(memory) else None
    return check_memory(memory)


def trimmed_length(clip: Any, settings: Settings) -> int:
    """Count the samples of a clip without the silence at its ends."""
    return len(_trimmed(clip, settings))


def first_frame(clip: Any, settings: Settings) -> tuple[int, int]:
    """Return the sample of a recording at which its first frame stands, and the number of its frames.

    The sample is negative where silence is padded before the recording.
    """
    waveform = _loaded(clip, settings)
    start, stop = (0, len(waveform)) if settings.trim is None else audio.trim_interval(waveform, settings.trim)
    length = settings.clip_length
    if length is None or (settings.padding == "nan" and stop - start < length):
        return start, settings.n_frames(stop - start)
    missing = length - (stop - start)
    before = abs(missing) // 2  # as audio.fit_length pads and cuts
    return start - (before if missing > 0 else -before), settings.n_frames(length)


def _features(clip: Any, settings: Settings) -> NDArray[np.float32]:
    waveform = _trimmed(clip, settings)
    if settings.normalize:
        waveform = audio.normalize(waveform)
    return settings.features(_fit_length(waveform, settings))


def _trimmed(clip: Any, settings: Settings) -> NDArray[np.float32]:
    waveform = _loaded(clip, settings)
    return waveform if settings.trim is None else audio.trim(waveform, settings.trim)


def _loaded(clip: Any, settings: Settings) -> NDArray[np.float32]:
    """Load a clip; a normalized one without its constant offset, which would pass for sound."""
    waveform = audio.load(clip, settings.sr)
    return waveform - waveform.mean() if settings.normalize else waveform


def _fit_length(waveform: NDArray[np.float32], settings: Settings) -> NDArray[np.float32]:
    """Pad a waveform with zeros or cut it; where padding is missing frames, only cut it."""
    length = settings.clip_length
    if length is None or (settings.padding == "nan" and len(waveform) < length):
        return waveform
    return audio.fit_length(waveform, length)


def _features_as_bytes(key: str, clip: Any, settings: Settings) -> bytes:
    """Return the features of a file as bytes, which joblib reads back faster than an array."""
    return _features(clip, settings).tobytes()


def _has_key(clip: Any) -> bool:
    """Tell whether a clip is a file, with a change, if any, that its repr tells from others; an address does not."""
    path, *change = clip if isinstance(clip, audio.Changed) else (clip,)
    return audio.is_path(path) and " at 0x" not in repr(change)


def _cache_key(clip: Any, settings: Settings) -> str:
    """Name the state of a file, its change, the settings and the libraries that made its features."""
    path, *change = clip if isinstance(clip, audio.Changed) else (clip,)
    size, mtime = audio.file_state(path)
    versions = (
        __version__,
        librosa_version,
        np.__version__,
        scipy.__version__,
        soundfile.__version__,
        soundfile.__libsndfile_version__,
        soxr.__version__,
    )
    return repr((os.path.abspath(path), *change, size, mtime, type(settings).__name__, tuple(settings), versions))
