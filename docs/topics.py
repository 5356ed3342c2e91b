"""The order of the examples: user topics first."""

TOPICS = (
    "own_recordings",
    "new_speakers",
    "confidence",
    "long_recording",
    "search",
    "saving",
    "robustness",
    "what_goes_wrong",
    "compare_models",
    "learning_curves",
    "embedding",
    "attention",
)


class Topics:
    """Sort examples as in TOPICS."""

    def __init__(self, src_dir):
        pass

    def __call__(self, filename):
        """Return the place of an example; others come last."""
        topic = filename.removeprefix("plot_").removesuffix(".py")
        return TOPICS.index(topic) if topic in TOPICS else len(TOPICS)
