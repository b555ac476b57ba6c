"""A list file that is not read at all."""


class FileRefused(Exception):
    """The whole file is refused: `code` is stable, `sentence` is Chinese and fit to show."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
