"""One maker for each kind of game: it turns a text into unsaved questions."""

import random
import string

from storybook.models import GameQuestion

from .text import sentences_of, words_of

QUIZ_QUESTIONS = 3
BLANK_QUESTIONS = 5
CHOICES = 4
HIDDEN_WORDS = 5
GRID_SIZE = 8


def quiz(content):
    """Ask which word a sentence of the story holds."""
    words = words_of(content)
    questions = []
    for order, sentence in enumerate(sentences_of(content)[:QUIZ_QUESTIONS], start=1):
        answer = random.choice(words_of(sentence) or words)
        questions.append(
            GameQuestion(
                question_type="multiple_choice",
                question_text="Which word is in this story?",
                correct_answer=answer,
                options=choices(answer, words),
                context=sentence,
                order=order,
            )
        )
    return questions


def fill_blanks(content):
    """Take one word out of each sentence."""
    words = words_of(content)
    questions = []
    for order, sentence in enumerate(sentences_of(content)[:BLANK_QUESTIONS], start=1):
        answer = random.choice(words_of(sentence) or words)
        questions.append(
            GameQuestion(
                question_type="fill_blank",
                question_text=sentence.replace(answer, "______", 1),
                correct_answer=answer,
                options=choices(answer, words),
                hint=f"The word has {len(answer)} letters",
                context=sentence,
                order=order,
            )
        )
    return questions


def word_search(content):
    """Hide words in a grid of letters, one a row."""
    fitting = [word.upper() for word in words_of(content) if len(word) <= GRID_SIZE]
    hidden = random.sample(fitting, min(HIDDEN_WORDS, len(fitting)))
    return [
        GameQuestion(
            question_type="word_search",
            question_text="Find all the hidden words from the story in the grid",
            correct_answer=",".join(hidden),
            options=grid_of(hidden),
            hint="Words can be horizontal or vertical",
            context=f"Words to find: {', '.join(hidden)}",
            points=10 * len(hidden),
            order=1,
        )
    ]


def choices(answer, words):
    """Return the answer among other words of the story."""
    others = [word for word in words if word != answer]
    options = [answer, *random.sample(others, min(CHOICES - 1, len(others)))]
    random.shuffle(options)
    return options


def grid_of(hidden):
    """Return rows of letters, with a word at the start of as many as there are words."""
    rows = [*hidden, *[""] * (GRID_SIZE - len(hidden))]
    return [
        row + "".join(random.choices(string.ascii_uppercase, k=GRID_SIZE - len(row)))
        for row in rows
    ]


MAKERS = {"quiz": quiz, "fill_blanks": fill_blanks, "word_search": word_search}
