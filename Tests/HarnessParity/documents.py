"""Invented documents that fit a task: values for the shapes that its templates ask for."""

import random

import shapes

TEXTS = [
    "The tide turns at noon.", "a reef", "Zwölf Möwen schreien 🐦", "don't \"quote\" me", "  two spaces  ",
    "first line\nsecond line", "42", "0", "007", "back\\slash and {{braces}}", "北の島は静かだ。", "tab\there", "x",
    "Is the harbour deep?", "[\"not\", \"a list\"]", "[brackets]", "percent % and #### 12", "é e\u0301", "ends with newline\n",
    "A ship, a shore; a sail: all (three) at once!", "ﬁn 'd siècle’s “end”", "None", "True", "3.14", "-5", "\u00a0nbsp\u00a0",
    "المد يرتفع", "समुद्र शांत है", "a | b || c", "/path/to/[file] ~", "question? (A) one (B) two",
]


class Impossible(Exception):
    pass


class Writer:
    """Writes documents for one task, at random until the harness accepts them."""

    def __init__(self, task, config, environment, seed):
        self.task = task
        self.config = config
        self.random = random.Random(seed)
        few = config.get("fewshot_config") or {}
        self.templates = [
            value
            for source in (config, few)
            for key in ("doc_to_text", "doc_to_target", "doc_to_choice", "description", "gen_prefix")
            if isinstance(value := source.get(key), str)
        ]
        self.shapes = shapes.columns(self.templates, environment)
        # A template without tags may be the name of a column.
        for template in self.templates:
            if template.isidentifier() and template not in self.shapes and template != config.get("description"):
                self.shapes[template] = shapes.Shape()
        self.add_roles()

    def add_roles(self):
        target, choices, text = (self.config.get(key) for key in ("doc_to_target", "doc_to_choice", "doc_to_text"))
        if isinstance(choices, str):
            name = choices.strip("{} ")
            shape = self.path(name)
            if shape is not None and not shape.fields:
                shape.hints |= {"list", "choices"}
                shape.item()
        if isinstance(target, str) and target in self.shapes and choices is not None:
            self.shapes[target].hints.add("label")
        if isinstance(text, str) and text in self.shapes:
            self.shapes[text].hints.add("text")

    def path(self, dotted):
        shape = None
        for index, name in enumerate(dotted.split(".")):
            parts = self.shapes if index == 0 else shape.fields
            if name not in parts:
                return None
            shape = parts[name]
        return shape

    def documents(self, count, attempts=40):
        """- Raises: Impossible when no kind of document is accepted."""
        reason = ""
        for attempt in range(attempts):
            kinds = {(): (4, 2, 5)[attempt % 3]}  # one type a column, as tables have it; length of lists
            rows = []
            for _ in range(count * 12):
                row = {name: self.value(shape, (name,), kinds, attempt) for name, shape in self.shapes.items()}
                row.setdefault("note", "an unused column")
                self.resolve_members(row)
                try:
                    self.task.check(row)
                    rows.append(row)
                except Exception as error:
                    reason = f"{type(error).__name__}: {error}"
                if len(rows) == count:
                    return rows
        raise Impossible(reason[:200])

    def resolve_members(self, row):
        """What is looked for in a list of the same document must be in it."""

        def walk(shape, holder, key):
            if "member" in shape.hints:
                found = self.find(shape.owner, row)
                if isinstance(found, list) and found:
                    holder[key] = self.random.choice(found)
            for name, field in shape.fields.items():
                if isinstance(holder[key], dict) and name in holder[key]:
                    walk(field, holder[key], name)

        for name, shape in self.shapes.items():
            walk(shape, row, name)

    def find(self, wanted, row):
        def search(shape, value):
            if shape is wanted:
                return value
            for name, field in shape.fields.items():
                if isinstance(value, dict) and name in value:
                    found = search(field, value[name])
                    if found is not None:
                        return found
            return None

        for name, shape in self.shapes.items():
            found = search(shape, row[name])
            if found is not None:
                return found
        return None

    def value(self, shape, path, kinds, attempt):
        kind = kinds.setdefault(path, self.kind(shape, attempt) if len(path) < 5 else "text")
        choose = self.random.choice
        if kind == "mapping":
            fields = shape.fields or {"one": shape.item(), "two": shape.item()}
            return {name: self.value(field, path + (name,), kinds, attempt) for name, field in fields.items()}
        if kind == "list":
            element = shape.element or shapes.Shape()
            length = max(shape.minimum, kinds[()])
            return [self.value(element, path + ("element",), kinds, attempt) for _ in range(length)]
        if kind == "pool":
            return choose(shape.pool)
        if kind == "number":
            return self.random.randrange(shape.limit or choose([2, 4]))
        if kind == "truth":
            return choose([True, False])
        if kind == "fraction":
            return choose([0.5, 2.0, 1e-3, 3.25])
        if kind == "digits":
            return str(self.random.randrange(4))
        if kind == "letter":
            return choose("ABCD")
        return choose(TEXTS)

    def kind(self, shape, attempt):
        guesses = ["text", "number", "list", "digits", "letter", "fraction", "truth", "mapping"]
        if attempt > 6 and self.random.random() < 0.3:
            return self.random.choice(guesses)
        if shape.fields and not (attempt % 3 == 2 and "list" in shape.hints):
            return "mapping"
        if "mapping" in shape.hints:
            return "mapping"
        if shape.pool and len({type(value) for value in shape.pool}) == 1 and (shape.is_strict or attempt % 2 == 0):
            return "pool"
        if "split" in shape.hints:
            return "text"
        if "label" in shape.hints:
            return ["number", "digits", "text", "letter"][attempt % 4]
        if "list" in shape.hints or (shape.element is not None and "text" not in shape.hints):
            return "list"
        if "number" in shape.hints:
            return "digits" if attempt % 4 == 3 else "number"
        if "text" in shape.hints or attempt < 4:
            return "text"
        return self.random.choice(guesses)
