"""Comparing an answer with a recorded one, in which placeholders stand for what varies."""

import re

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?"
PATTERNS = {
    "<jwt>": r"[\w-]+\.[\w-]+\.[\w-]+",
    "<uuid>": UUID,
    "<join-code>": r"[A-HJ-NP-Z2-9]{5}",
    "<data-url>": r"data:image/\w+;base64,[A-Za-z0-9+/=]+",
    "<color>": r"#[0-9A-Fa-f]{6}",
    "<iso-time>": MOMENT + "Z",
    "<iso-time:offset>": MOMENT + r"\+00:00",
    "<iso-time:naive>": MOMENT,
    "<date>": r"\d{4}-\d\d-\d\d",
    "<base>": r"http://[\w.:]+",
    "<n>": r"\d+",
}
PLACEHOLDER = re.compile("|".join(map(re.escape, PATTERNS)))
CUT = re.compile(r"<\+\d+>$")
INTEGER = re.compile(r"<int:(\w+)>")

# Values that each implementation makes up, by group: names of achievements, words drawn for
# games and how long one took (a second on a busy machine), counts of words in seeded texts.
# Below these keys types alone are compared.
OWN_VALUES = {
    "social": {"achievements", "total_words"},
    "games": {
        "question_text",
        "correct_answer",
        "options",
        "hint",
        "context",
        "feedback",
        "question__question_text",
        "question__correct_answer",
        "time_taken_seconds",
    },
}


def differences(recorded, answer, names, where="", loose=frozenset()):
    """Return what differs, a line each; keys in `loose` are compared by type alone."""
    if isinstance(recorded, dict):
        return dict_differences(recorded, answer, names, where, loose)
    if isinstance(recorded, list):
        return list_differences(recorded, answer, names, where, loose)
    if isinstance(recorded, str) and (found := INTEGER.fullmatch(recorded)):
        same = type(answer) is int and answer == names.values.get(found[1], answer)
        return [] if same else [f"{where}: {answer!r} is no {recorded}"]
    if kind_of(recorded) != kind_of(answer):
        return [f"{where}: {answer!r} in place of {recorded!r}"]
    if not loose.isdisjoint(where.split(".")):
        return []
    same = text_matches(recorded, answer) if isinstance(recorded, str) else recorded == answer
    return [] if same else [f"{where}: {answer!r:.200} in place of {recorded!r:.200}"]


def dict_differences(recorded, answer, names, where, loose):
    """Compare keys, then values."""
    if not isinstance(answer, dict):
        return [f"{where}: {answer!r:.200} in place of an object"]
    wanted = {key_of(key, names): value for key, value in recorded.items()}
    if wanted.keys() != answer.keys():
        odd = sorted(wanted.keys() ^ answer.keys())
        return [f"{where}: the keys {odd} are on one side only"]
    return [
        line
        for key, value in wanted.items()
        for line in differences(value, answer[key], names, f"{where}.{key}", loose)
    ]


def key_of(key, names):
    """Return a key; one that stands for a user's id is that id as text."""
    found = INTEGER.fullmatch(key)
    return str(names.values[found[1]]) if found else key


def list_differences(recorded, answer, names, where, loose):
    """Compare the elements that were kept, and the number of those that were not."""
    if not isinstance(answer, list):
        return [f"{where}: {answer!r:.200} in place of a list"]
    kept, more = recorded, 0
    if recorded and isinstance(recorded[-1], dict) and recorded[-1].keys() == {"..."}:
        kept, more = recorded[:-1], recorded[-1]["..."]
    if len(answer) != len(kept) + more:
        return [f"{where}: {len(answer)} elements in place of {len(kept) + more}"]
    return [
        line
        for place, value in enumerate(kept)
        for line in differences(value, answer[place], names, f"{where}.{place}", loose)
    ]


def kind_of(value):
    """Return a JSON type; integers and floats are one."""
    if isinstance(value, bool) or value is None:
        return str(type(value))
    return "number" if isinstance(value, int | float) else str(type(value))


def text_matches(recorded, answer):
    """Compare a text with a recorded one, which may hold placeholders and may be cut."""
    text = CUT.sub("", recorded)
    parts = PLACEHOLDER.split(text)
    found = PLACEHOLDER.findall(text)
    pattern = re.escape(parts[0]) + "".join(
        PATTERNS[name] + re.escape(part) for name, part in zip(found, parts[1:], strict=True)
    )
    match = re.match if text != recorded else re.fullmatch
    return match(pattern, answer) is not None
