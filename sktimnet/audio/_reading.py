"""Read a clip of any kind: whole or in blocks, at its own rate or at another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import soxr

from sktimnet.audio._arrays import from_array, in_memory, to_mono
from sktimnet.audio._files import BLOCK, believed, encoded, from_file, mono_blocks, open_audio
from sktimnet.audio._kinds import AudioError, Changed, is_file
from sktimnet.audio._waveforms import checked, fit_length

# Beyond this ratio of rates, a few bytes of damaged header would turn into hours of audio.
_MAX_RATIO = 128


def count_samples(clip: Any, sr: int) -> int:
    """Tell how many samples a clip has at a sampling rate; of a file, only the header is read.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip.
    sr : int
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Returns
    -------
    int
        Length of what :func:`load` gives, as far as a file's header can be believed.

    Raises
    ------
    AudioError
        If the clip cannot be used, as far as its header shows.
    """
    if not is_file(clip):
        waveform, rate = read(clip, sr)
        return _resampled_length(len(waveform), rate, sr)
    content, size = encoded(clip)
    with open_audio(content) as file:
        frames = file.frames if believed(file, size) else sum(map(len, mono_blocks(file, BLOCK)))
        return _resampled_length(frames, file.samplerate, sr)


def load(clip: Any, sr: float) -> np.ndarray:
    """Give a clip as a mono waveform at a sampling rate.

    Files are decoded by libsndfile, channels are averaged, and another rate is converted by soxr at quality
    HQ: the same samples as ``librosa.load(path, sr=sr, res_type="soxr_hq")``.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip. Waveforms of type uint8, int16 and int32 are scaled to [-1, 1), others taken as they are.
    sr : float
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Returns
    -------
    ndarray of shape (n_samples,), float32
        At least one sample, all of them finite.

    Raises
    ------
    AudioError
        If the clip cannot be used; the message says why.
    """
    waveform, rate = read(clip, sr)
    n_samples = _resampled_length(len(waveform), rate, sr)
    if rate != sr:
        waveform = fit_length(soxr.resample(waveform, rate, sr, quality="HQ"), n_samples, centre=False)
    return waveform


def read(clip: Any, sr: float | None = None) -> tuple[np.ndarray, float]:
    """Give a clip as a mono waveform at its own rate.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip.
    sr : float or None, default=None
        Sampling rate in Hz of a waveform that comes without one, which is refused where this is None.

    Returns
    -------
    waveform : ndarray of shape (n_samples,), float32
    rate : float
        In Hz.

    Raises
    ------
    AudioError
        If the clip cannot be used; the message says why.
    """
    if isinstance(clip, Changed):
        return _changed(clip, sr)
    waveform, rate = from_file(clip) if is_file(clip) else from_array(clip, sr)
    _resampled_length(len(waveform), rate, rate)  # refuses rates that are none, and no samples
    return waveform, rate


def _changed(clip: Changed, sr: float | None) -> tuple[np.ndarray, float]:
    """Give what a change makes of a clip; refuse what is no recording."""
    waveform, rate = read(clip.clip, sr)
    # A copy, since a change may write into it; the recording stays as it is.
    try:
        found = clip.change(waveform.copy(), rate, np.random.default_rng(clip.seed))
    except Exception as error:  # of any kind: the change may be the user's
        raise AudioError(f"cannot be changed: {clip.change!r} raised {type(error).__name__}: {error}") from error
    if not isinstance(found, tuple) or len(found) != 2:
        raise AudioError(f"is no recording: {clip.change!r} must return (waveform, rate), got {found!r:.60}")
    try:
        return read(found)
    except AudioError as error:
        raise AudioError(f"(changed by {clip.change!r}) {error}") from error


def sampling_rate(clip: Any) -> float:
    """Tell the sampling rate of a clip in Hz; of a file, only the header is read.

    Raises
    ------
    AudioError
        If the clip is a waveform without its rate, or cannot be used.
    """
    if is_file(clip):
        with open_audio(encoded(clip)[0]) as file:
            return file.samplerate
    return in_memory(clip, None)[1]


def load_blocks(clip: Any, sr: int) -> Iterator[np.ndarray]:
    """Give what :func:`load` does in blocks, so that an hour takes as much memory as a minute.

    Parameters
    ----------
    clip : path, file object, waveform, (waveform, rate) or mapping
        The clip. The content of a file object is read as a whole, then decoded in blocks.
    sr : int
        Sampling rate in Hz, of the result and of a waveform that comes without one.

    Yields
    ------
    ndarray of shape (n_samples,), float32
        Blocks in their order, of lengths that vary.

    Raises
    ------
    AudioError
        If the clip cannot be used; where only a later part shows it, after the blocks before.
    """
    if is_file(clip):
        with open_audio(encoded(clip)[0]) as file:
            yield from resample_blocks(map(checked, mono_blocks(file, BLOCK)), file.samplerate, sr)
        return
    waveform, rate = in_memory(clip, sr)
    starts = range(0, len(waveform), BLOCK)
    yield from resample_blocks((to_mono(waveform[start : start + BLOCK]) for start in starts), rate, sr)


def resample_blocks(blocks: Iterable[np.ndarray], rate: float, sr: int) -> Iterator[np.ndarray]:
    """Convert a stream of mono blocks to another sampling rate, as :func:`load` does the whole.

    Parameters
    ----------
    blocks : iterable of ndarray of shape (n_samples,), float32
        The stream.
    rate, sr : float
        Its sampling rate in Hz, and the one wanted.

    Yields
    ------
    ndarray of shape (n_samples,), float32
        Samples lag behind those that went in, and come together with the last ones.

    Raises
    ------
    AudioError
        If there are no samples, or the rates cannot be converted.
    """
    _resampled_length(1, rate, sr)  # refuses rates
    stream = soxr.ResampleStream(rate, sr, 1, dtype="float32", quality="HQ")
    n_in = n_out = 0
    for block in blocks:
        n_in += len(block)
        made = block if rate == sr else stream.resample_chunk(block)
        n_out += len(made)
        yield made
    missing = _resampled_length(n_in, rate, sr) - n_out
    if missing > 0:
        yield fit_length(stream.resample_chunk(np.empty(0, np.float32), last=True), missing, centre=False)


def _resampled_length(frames: int, rate: float, sr: float) -> int:
    """Give the length after resampling, as librosa rounds it; refuse what cannot be resampled."""
    if not 0 < rate < math.inf:
        raise AudioError(f"has a sampling rate of {rate:.10g} Hz; expected a positive number")
    if not 1 / _MAX_RATIO <= sr / rate <= _MAX_RATIO:
        raise AudioError(f"has a sampling rate of {rate:.10g} Hz, too far from sr={sr} Hz to be converted")
    if frames <= 0:
        raise AudioError("has no samples")
    return math.ceil(frames * (float(sr) / rate))
