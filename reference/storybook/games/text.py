"""The words and sentences of a story that make good puzzles."""

import re

SHORTEST_WORD = 4


def sentences_of(content):
    """Return the different sentences, in their order."""
    plain = content.replace("---PAGE BREAK---", " ")
    found = re.split(r"(?<=[.!?])\s+", " ".join(plain.split()))
    return list(dict.fromkeys(sentence for sentence in found if sentence))


def words_of(text):
    """Return the different words of some length, in their order."""
    words = re.findall(rf"[A-Za-z]{{{SHORTEST_WORD},}}", text)
    return list(dict.fromkeys(word.lower() for word in words))
