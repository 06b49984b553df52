"""What can go wrong, in words that name the model, the field and the remedy."""


class SeedError(Exception):
    """The database cannot be filled. The text says what stands in the way and what to do."""


def named(model, field=None):
    """Return a model's name as an error says it, with the field's if there is one."""
    return "%s.%s" % (model._meta.label, field.name) if field else model._meta.label


def said(error):
    """Return what a database says, in one line, and the remedy where it is plain; else None."""
    text = " ".join(str(error).split())
    unmigrated = any(words in text for words in ("no such table", "does not exist", "doesn't exist"))
    return text, "run migrate first" if unmigrated else None
