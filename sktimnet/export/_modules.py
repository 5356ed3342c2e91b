"""The steps of a pipeline that come before its network, as torch modules."""

from __future__ import annotations

import numpy as np
import scipy.fft
import torch
import torch.nn.functional as F
from librosa.filters import mel
from torch import Tensor, nn

from sktimnet.feature_extraction import MIN_POWER, TOP_DB, MFCCSettings, make_window
from sktimnet.preprocessing import FeatureScaler


class MFCC(nn.Module):
    """Compute what :class:`~sktimnet.MFCCTransformer` computes of a waveform, for any number of clips and samples.

    Parameters
    ----------
    settings : MFCCSettings
        The framing, without `trim`.
    """

    def __init__(self, settings: MFCCSettings):
        super().__init__()
        self.settings = settings
        bank = mel(sr=settings.sr, n_fft=settings.n_fft, n_mels=settings.n_mels)
        cosines = scipy.fft.dct(np.eye(settings.n_mels), axis=0, norm="ortho")[: settings.n_mfcc]
        self.mel_bank = nn.Buffer(torch.from_numpy(bank))  # (n_mels, 1 + n_fft // 2)
        self.cosines = nn.Buffer(torch.from_numpy(cosines.astype(np.float32)))  # (n_mfcc, n_mels)
        self.spectrum = _FourierTransform(settings) if _is_power_of_two(settings.n_fft) else _CosinesAndSines(settings)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return MFCCs of shape (n_clips, n_mfcc, n_frames) of waveforms of shape (n_clips, n_samples)."""
        if self.settings.normalize:
            waveform = waveform - waveform.mean(1, keepdim=True)
            peak = waveform.abs().amax(1, keepdim=True)
            waveform = waveform / torch.where(peak > 0, peak, 1)
        power = self.spectrum(self.fit_length(waveform))  # (n_clips, 1 + n_fft // 2, n_frames)
        decibel = 10 * torch.log10((self.mel_bank @ power).clamp(min=MIN_POWER))  # (n_clips, n_mels, n_frames)
        return self.cosines @ torch.maximum(decibel, decibel.amax((1, 2), keepdim=True) - TOP_DB)

    def fit_length(self, waveform: Tensor) -> Tensor:
        """Pad or cut both sides to `clip_length`; where padding is missing frames, cut only.

        Which of both happens is computed, not chosen in Python, so that the graph holds for clips of any length.
        """
        n_samples, length = waveform.shape[1], self.settings.clip_length
        if length is None:
            return waveform
        wanted = length if self.settings.padding == "zero" else torch.sym_min(length, n_samples)
        missing = wanted - n_samples
        before = torch.sym_max(missing, 0) // 2 - torch.sym_max(-missing, 0) // 2
        return F.pad(waveform, (before, missing - before))  # less than 0 cuts


class _FourierTransform(nn.Module):
    """Power spectra of windowed frames, centred, with zeros beyond the ends."""

    def __init__(self, settings: MFCCSettings):
        super().__init__()
        self.settings = settings
        self.window = nn.Buffer(torch.from_numpy(make_window(settings.window, settings.win_length)))

    def forward(self, waveform: Tensor) -> Tensor:
        """Return powers of shape (n_clips, 1 + n_fft // 2, n_frames)."""
        n_fft, win_length, hop_length = self.settings.n_fft, self.settings.win_length, self.settings.hop_length
        waveform = F.pad(waveform, (n_fft // 2, n_fft // 2))
        spectrum = torch.stft(waveform, n_fft, hop_length, win_length, self.window, center=False, return_complex=True)
        return torch.view_as_real(spectrum).square().sum(-1)


class _CosinesAndSines(nn.Module):
    """The same by convolutions with each cosine and sine: onnxruntime's transform is exact for powers of two alone."""

    def __init__(self, settings: MFCCSettings):
        super().__init__()
        n_fft, win_length = settings.n_fft, settings.win_length
        before = (n_fft - win_length) // 2  # a shorter window lies in the middle of n_fft samples
        self.padding = n_fft // 2 - before, n_fft // 2 - (n_fft - win_length - before)
        self.hop_length = settings.hop_length
        angles = 2 * np.pi / n_fft * np.outer(np.arange(1 + n_fft // 2), np.arange(win_length))
        waves = np.stack([np.cos(angles), np.sin(angles)]) * make_window(settings.window, win_length)
        self.waves = nn.Buffer(torch.from_numpy(waves.astype(np.float32)))  # (2, 1 + n_fft // 2, win_length)

    def forward(self, waveform: Tensor) -> Tensor:
        """Return powers of shape (n_clips, 1 + n_fft // 2, n_frames)."""
        waveform = F.pad(waveform, self.padding).unsqueeze(1)
        real, imaginary = (F.conv1d(waveform, wave.unsqueeze(1), stride=self.hop_length) for wave in self.waves)
        return real.square() + imaginary.square()


class Scaling(nn.Module):
    """Compute what a fitted :class:`~sktimnet.preprocessing.FeatureScaler` computes.

    Parameters
    ----------
    scaler : FeatureScaler
        The fitted scaler.
    """

    def __init__(self, scaler: FeatureScaler):
        super().__init__()
        self.mean = nn.Buffer(torch.from_numpy(scaler.mean_).float().unsqueeze(1))  # (n_features, 1)
        self.scale = nn.Buffer(torch.from_numpy(scaler.scale_).float().unsqueeze(1))

    def forward(self, features: Tensor) -> Tensor:
        """Scale features of shape (n_clips, n_features, n_frames)."""
        return (features - self.mean) / self.scale


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
