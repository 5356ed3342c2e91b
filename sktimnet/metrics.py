"""The field's two scores, as scikit-learn scorers."""

__all__ = ["SCORING"]

#: Pass it as ``scoring=`` to :func:`sklearn.model_selection.cross_validate`: UAR, the unweighted average recall, is the
#: mean of the classes' recalls; WAR, the weighted average recall, is accuracy (the paper's section 3.1).
SCORING = {"UAR": "balanced_accuracy", "WAR": "accuracy"}
