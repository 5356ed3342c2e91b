"""The result of one fold: :class:`Fold`."""

from __future__ import annotations

from dataclasses import dataclass, field

from sktimnet.model_selection._scores import uar, war


@dataclass(frozen=True, kw_only=True)
class Fold:
    """The result of one fold.

    Attributes
    ----------
    seed, fold : int
        The seed, and the number of the fold from 1.
    n_train, n_discarded : int
        Clips trained on, and clips that the protocol leaves out of training and test.
    test : list of int
        Positions of the test clips in X.
    speaker : list or None
        Who speaks in each of them; None where not known.
    true, predicted : list
        Their labels and the predicted ones.
    probabilities : list of list of float, or None
        For each test clip the probability of each class, in the order of the report's `classes`; 0 for classes without
        a training clip. None for classifiers that give none, and in reports of version 0.1.
    path : list of str or None
        The test clips' files; None where X was no sequence of paths, and in reports of version 0.1.
    best_epoch : int or None
        The epoch chosen on the test fold, from 1; None unless the protocol is "best-epoch".
    curves : dict of str to list of float
        ``train_loss``, ``train_accuracy`` and, where the test fold was monitored, ``test_loss``, ``test_accuracy``,
        ``test_UAR`` after each epoch; with early stopping ``validation_loss`` and so on, of the training clips that
        were set aside for it. Empty for estimators without epochs.
    measures : dict of str to float or None
        Further measures by name (``evaluate(scoring=...)``); None where the scorer failed on this fold.
    n_speaker_shared, n_text_shared, n_group_shared : int or None
        Test clips whose speaker, text or group occurs in training; None where not known.
    n_duplicates : int
        Test clips whose recording occurs in training too.
    missing_in_training, missing_in_test : list
        Classes without a clip there.
    torch_threads : int
        Threads that torch computed with; another number changes the order of float sums.
    device : str or None
        Where the network trained, such as "cpu" or "cuda"; None without a network, and in earlier reports.
    group : list or None
        The group of each test clip (``evaluate(groups=...)``), where given.
    fit_seconds, score_seconds : float
        Time for features and training, and for predictions. Not compared by ``==``.
    """

    seed: int
    fold: int
    n_train: int
    n_discarded: int
    test: list[int]
    speaker: list | None
    true: list
    predicted: list
    best_epoch: int | None
    curves: dict[str, list[float | None]]
    n_speaker_shared: int | None
    n_text_shared: int | None
    n_duplicates: int
    missing_in_training: list
    missing_in_test: list
    torch_threads: int
    fit_seconds: float = field(compare=False)
    score_seconds: float = field(compare=False)
    probabilities: list[list[float]] | None = None
    path: list[str] | None = None
    measures: dict[str, float | None] = field(default_factory=dict)
    device: str | None = None
    group: list | None = None
    n_group_shared: int | None = None

    @property
    def UAR(self) -> float:
        """Mean recall of the classes in this test fold."""
        return uar(self.true, self.predicted)

    @property
    def WAR(self) -> float:
        """Accuracy."""
        return war(self.true, self.predicted)
