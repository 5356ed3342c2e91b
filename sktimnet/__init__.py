"""Speech emotion recognition for scikit-learn."""

import lazy_loader

__version__ = "0.1.0"

# Names are imported when they are used: a model without a network then needs no torch, which is slow and large.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
