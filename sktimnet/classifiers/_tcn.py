""":class:`TCNClassifier`: the paper's baseline as a scikit-learn classifier."""

import os
from typing import Any

import numpy as np
import torch

from sktimnet.classifiers._base import NetworkClassifier
from sktimnet.classifiers._sizes import SIZE_CONSTRAINTS
from sktimnet.nn import TCN


class TCNClassifier(NetworkClassifier):
    """Recognise emotions with a temporal convolutional network, the paper's baseline (section 3.3, Table 3).

    As deep as :class:`TIMNetClassifier`: dilated causal convolutions in residual blocks, the last of which is averaged
    over time.

    Parameters
    ----------
    n_blocks : int, default=8
        Residual blocks, at most 32; block j has dilation 2^(j-1).
    n_filters : int, default=39
        Channels within the network.
    kernel_size : int, default=2
        Taps of each convolution.
    dropout : float, default=0.1
        Probability with which a channel of a clip is dropped in training, in [0, 1).
    batch_norm_momentum : float, default=0.01
        Weight of the newest batch in the running statistics of batch normalisation. 0.01 follows slowly: train for 300
        steps and more; short trainings take 0.1.
    lr : float, default=1e-3
        Adam's learning rate.
    betas : tuple of two floats, default=(0.93, 0.98)
        Adam's decay rates.
    weight_decay : float, default=0.0
        Share of each weight, times `lr`, that a step takes away (AdamW), beside what the gradient does.
    weight_averaging : float or None, default=None
        Share of the average that a step keeps, such as 0.99: scores of each epoch and predictions are those of the
        exponential moving average of the weights. None takes the last step's weights.
    batch_size : int, default=64
        Clips in a training step. The last, shorter batch of an epoch is kept.
    max_epochs : int, default=500
        Passes through the training set.
    label_smoothing : float, default=0.1
        Share of the target that is spread over all classes in training.
    schedule : {"constant", "one-cycle"}, default="constant"
        The learning rate over the training: always `lr`, or up to `lr` over the first 30 % of the steps and down again,
        which needs fewer epochs (:class:`torch.optim.lr_scheduler.OneCycleLR`).
    augmentation : callable, default=None
        Changes the features of each training batch, such as :class:`~sktimnet.augmentation.SpecAugment`; called with
        them and a ``torch.Generator``.
    early_stopping : bool, default=False
        Set clips aside, end the training when the loss on them has not fallen for `n_iter_no_change` epochs, and keep
        the weights of the best epoch. Where ``fit`` has `X_val`, that is scored instead.
    validation_fraction : float, default=0.1
        Share of the clips set aside; of speakers where ``fit`` has `groups`.
    n_iter_no_change : int, default=20
        Epochs without improvement.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes; "balanced" makes each class count alike.
    callbacks : list of skorch callbacks, default=None
        For instance ``[skorch.callbacks.EarlyStopping()]``; ``fit`` works on a copy.
    device : str or torch.device, default="auto"
        Where to compute; "auto" is CUDA, else MPS, else the CPU. Where its device is missing, a fitted classifier
        predicts as with "auto".
    compile : bool, default=False
        Compile the network with :func:`torch.compile`, which pays for long trainings.
    checkpoint : str or path-like, default=None
        A directory in which ``fit`` keeps the last two complete epochs. Where it was killed, the same ``fit`` (same
        parameters, data and seed) goes on from there and ends with the same weights. Files of different trainings
        stand side by side; delete the directory when you are done. They are pickles: share none of them.
    warm_start : bool, default=False
        Continue in ``fit`` from the weights of the last ``fit``, with that fit's network, for `max_epochs` more.
        `lr` and the schedules of callbacks begin anew.
    random_state : int, RandomState instance or None, default=None
        Decides initial weights, shuffles and dropout; pass an int for the same result each time. With None each fit
        differs. Neither numpy's nor torch's global generator is touched.
    verbose : int, default=0
        1 prints a line for each epoch.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Channels seen in ``fit``.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the channels, where a data frame was passed to ``fit``.
    n_iter_ : int
        Epochs trained.
    net_ : sktimnet.training.Net
        The skorch net, with the scores of each epoch in ``net_.history`` and the torch module in ``net_.module_``.
    receptive_field_ : int
        Frames that the last block sees of one direction, 1 + 2 (kernel_size - 1) (2^n_blocks - 1).
    device_ : str
        Where ``fit`` computed.

    See Also
    --------
    TIMNetClassifier : The paper's own network.

    Examples
    --------
    >>> import numpy as np
    >>> from sktimnet import TCNClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["calm", "angry"], 20)
    >>> X = rng.normal(size=(40, 4, 30)) + (y == "angry")[:, None, None]
    >>> classifier = TCNClassifier(n_blocks=2, n_filters=8, batch_size=8, max_epochs=60, random_state=0)
    >>> classifier.fit(X, y).predict(X[:2])
    array(['calm', 'calm'], dtype='<U5')
    """

    network_class = TCN

    _parameter_constraints: dict = {**NetworkClassifier._parameter_constraints, **SIZE_CONSTRAINTS}

    def __init__(
        self,
        *,
        n_blocks: int = 8,
        n_filters: int = 39,
        kernel_size: int = 2,
        dropout: float = 0.1,
        batch_norm_momentum: float = 0.01,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.93, 0.98),
        weight_decay: float = 0.0,
        weight_averaging: float | None = None,
        batch_size: int = 64,
        max_epochs: int = 500,
        label_smoothing: float = 0.1,
        schedule: str = "constant",
        augmentation: Any = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 20,
        class_weight: dict | str | None = None,
        callbacks: list | None = None,
        device: str | torch.device = "auto",
        compile: bool = False,
        checkpoint: str | os.PathLike | None = None,
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ):
        super().__init__(
            lr=lr,
            betas=betas,
            weight_decay=weight_decay,
            weight_averaging=weight_averaging,
            batch_size=batch_size,
            max_epochs=max_epochs,
            label_smoothing=label_smoothing,
            schedule=schedule,
            augmentation=augmentation,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            class_weight=class_weight,
            callbacks=callbacks,
            device=device,
            compile=compile,
            checkpoint=checkpoint,
            warm_start=warm_start,
            random_state=random_state,
            verbose=verbose,
        )
        self.n_blocks = n_blocks
        self.n_filters = n_filters
        self.kernel_size = kernel_size
        self.dropout = dropout
        self.batch_norm_momentum = batch_norm_momentum

    @property
    def receptive_field_(self) -> int:
        """Frames that the last block sees of one direction."""
        return self.net_.module_.receptive_field
