"""How much data there is: data decides more of the memory than users do."""

from dataclasses import dataclass

from .errors import SeedError

NAMES = ("stories", "drawn", "words")


@dataclass(frozen=True)
class Amounts:
    """A data profile: its name, the published stories, the hand-drawn among them, the words."""

    name: str
    stories: int
    drawn: int
    words: int


PROFILES = {
    "light": Amounts("light", 30, 10, 1000),
    "typical": Amounts("typical", 30, 30, 1000),
    "heavy": Amounts("heavy", 100, 100, 10000),
}


def parse(text):
    """Return the profile of that name, or the one that `stories=30,drawn=10,words=1000` spells."""
    if text in PROFILES:
        return PROFILES[text]
    parts = [part.partition("=") for part in text.split(",")]
    given = {name: value for name, _, value in parts}
    valid = len(parts) == len(NAMES) and set(given) == set(NAMES)
    if not valid or not all(value.isdecimal() for value in given.values()):
        raise SeedError("--data %r: write light, typical, heavy or stories=30,drawn=10,words=1000" % text)
    amounts = Amounts(text, **{name: int(value) for name, value in given.items()})
    if amounts.drawn > amounts.stories:
        raise SeedError("--data %r: more stories are drawn than there are; lower drawn" % text)
    return amounts
