"""Join the channels of several transformers: :class:`ChannelUnion`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import FeatureUnion


class ChannelUnion(FeatureUnion):
    """Join the features of several transformers along channels: a ``FeatureUnion`` for three dimensions.

    scikit-learn's own takes two dimensions only. The transformers must frame clips alike: the same sampling rate, hop
    length, clip length, padding and trimming. Parameters are those of :class:`sklearn.pipeline.FeatureUnion`.

    Parameters
    ----------
    transformer_list : list of (str, transformer) tuples
        Each gives features of shape (n_clips, n_features, n_frames).
    n_jobs : int, default=None
        Transformers to run in parallel.
    transformer_weights : dict, default=None
        Factors of the transformers' features.
    verbose : bool, default=False
        Print the time that each takes.

    See Also
    --------
    MFCCTransformer, DescriptorTransformer : What it joins.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet.feature_extraction import ChannelUnion, DescriptorTransformer, MFCCTransformer
    >>> prosody = DescriptorTransformer(descriptors=("pitch", "voicing", "energy"), hop_length=256)
    >>> mfcc = MFCCTransformer(sr=16000, hop_length=256)
    >>> ChannelUnion([("mfcc", mfcc), ("prosody", prosody)]).fit_transform([np.ones(16000)]).shape
    (1, 42, 63)
    """

    def load(self, X: Any) -> list[tuple[NDArray[np.float32], int]]:
        """Decode clips, as the first of the transformers does (:meth:`MFCCTransformer.load`)."""
        return self._framing.load(X)

    def frame_times(self, X: Any) -> NDArray[np.float64]:
        """Compute when the frames of each clip are in its recording (:meth:`MFCCTransformer.frame_times`)."""
        return self._framing.frame_times(X)

    @property
    def _framing(self) -> Any:
        """The transformer whose framing is that of all."""
        return next(transformer for _, transformer in self.transformer_list if not isinstance(transformer, str))

    def _hstack(self, Xs: Sequence[NDArray]) -> NDArray:
        """Join what the transformers gave; FeatureUnion calls it from fit_transform and transform."""
        if len({(len(X), X.shape[2:]) for X in Xs}) > 1:
            shapes = ", ".join(f"{name} {X.shape}" for (name, _), X in zip(self.transformer_list, Xs, strict=True))
            raise ValueError(
                f"The transformers frame clips differently: {shapes}. Give all of them the same sr, hop_length, "
                "clip_length, padding and trim."
            )
        return np.concatenate(Xs, axis=1)
