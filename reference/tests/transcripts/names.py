"""Names that stand for values in what is sent: `{u2}`, `{u2.email}`, `{story3}`, `{room}`."""

import re

NAME = re.compile(r"\{(\w+(?:\.\w+)?)\}")


class Names:
    """What each name stands for, filled in as the replay goes on."""

    def __init__(self, people, story_ids):
        self.people = {f"u{number}": person for number, person in enumerate(people, start=1)}
        self.values = {f"story{n}": story_id for n, story_id in enumerate(story_ids, start=1)}
        for alias, person in self.people.items():
            self.values[alias] = person.id
            for field in ("email", "username", "password", "access", "refresh"):
                self.values[f"{alias}.{field}"] = getattr(person, field)

    def put_into(self, sent):
        """Return what is sent with all known names replaced, however deep they are."""
        if isinstance(sent, dict):
            return {key: self.put_into(value) for key, value in sent.items()}
        if isinstance(sent, list):
            return [self.put_into(value) for value in sent]
        if not isinstance(sent, str):
            return sent
        alone = NAME.fullmatch(sent)
        if alone and alone[1] in self.values:
            return self.values[alone[1]]
        return NAME.sub(lambda found: str(self.values.get(found[1], found[0])), sent)

    def save(self, wanted, answer):
        """Remember parts of an answer, by their dotted paths."""
        for name, path in wanted.items():
            value = answer
            for step in path.split("."):
                value = value[int(step)] if isinstance(value, list) else value[step]
            self.values[name] = value

    def token_of(self, alias, auth):
        """Return the token a line asks for, None for none."""
        if auth == "bad":
            return "nonsense"
        if alias is None or auth == "none":
            return None
        person = self.people[alias]
        return person.refresh if auth == "refresh" else person.access
