"""How much data there is: data decides more of the memory than users do."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class DataProfile:
    """A name and three amounts: published stories, hand-drawn ones among them, words."""

    name: str
    stories: int
    drawn: int
    words: int


PROFILES = {
    "light": DataProfile("light", stories=30, drawn=10, words=1_000),
    "typical": DataProfile("typical", stories=30, drawn=30, words=1_000),
    "heavy": DataProfile("heavy", stories=100, drawn=100, words=10_000),
}


def parse(text):
    """Return the profile of that name, or the one that `stories=30,drawn=10,words=1000` spells."""
    if text in PROFILES:
        return PROFILES[text]
    amounts = [field.name for field in fields(DataProfile) if field.name != "name"]
    given = dict(part.partition("=")[::2] for part in text.split(","))
    if set(given) != set(amounts) or not all(value.isdecimal() for value in given.values()):
        known = ", ".join(PROFILES)
        raise ValueError(f"{text!r} is neither one of {known} nor stories=N,drawn=N,words=N")
    profile = DataProfile(text, **{name: int(value) for name, value in given.items()})
    if profile.drawn > profile.stories:
        raise ValueError(f"{text!r} has more drawn stories than stories")
    return profile
