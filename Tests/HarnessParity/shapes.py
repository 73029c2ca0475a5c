"""What a document must look like for a task's templates: found by reading the templates' syntax trees."""

from jinja2 import nodes
from jinja2.visitor import NodeVisitor

TEXT_METHODS = {
    "strip", "lstrip", "rstrip", "split", "replace", "lower", "upper", "capitalize", "title", "startswith",
    "endswith", "join", "find", "isdigit", "splitlines", "removeprefix", "removesuffix", "format", "zfill",
}
MAPPING_METHODS = {"items", "keys", "values", "get"}
LIST_FILTERS = {"join", "length", "first", "last", "list", "sort", "random", "batch", "map", "select", "unique"}
TEXT_FILTERS = {"trim", "lower", "upper", "capitalize", "title", "replace", "regex_replace", "wordcount"}


class Shape:
    """One column or a part of it: its fields, its elements, and how it is used."""

    def __init__(self):
        self.fields = {}
        self.element = None
        self.hints = set()
        self.pool = []  # values that the templates compare it with or look it up in
        self.is_strict = False  # whether only values of the pool will do
        self.limit = None  # it is an index below this
        self.minimum = 0  # elements that it must have

    def field(self, name):
        return self.fields.setdefault(name, Shape())

    def item(self):
        self.element = self.element or Shape()
        return self.element


class Reader(NodeVisitor):
    """Fills the shapes of the variables that a template uses."""

    def __init__(self, columns):
        self.columns = columns
        self.bound = [{}]

    # Which shape does an expression stand for?

    def shape(self, node):
        if isinstance(node, nodes.Name):
            for scope in reversed(self.bound):
                if node.name in scope:
                    return scope[node.name]
            return self.columns.setdefault(node.name, Shape())
        if isinstance(node, nodes.Getattr):
            owner = self.shape(node.node)
            return owner.field(node.attr) if owner else None
        if isinstance(node, nodes.Getitem):
            owner = self.shape(node.node)
            if owner is None or isinstance(node.arg, nodes.Slice):
                return owner
            if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
                return owner.field(node.arg.value)
            if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, int):
                owner.minimum = max(owner.minimum, node.arg.value + 1, -node.arg.value)
            return owner.item()
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
            if node.node.attr in TEXT_METHODS:
                return self.shape(node.node.node)
        if isinstance(node, nodes.Filter):
            return self.shape(node.node)
        return None

    def hint(self, node, hint):
        shape = self.shape(node)
        if shape is not None:
            shape.hints.add(hint)
        return shape

    def looked_up(self, node, values):
        shape = self.shape(node)
        if shape is not None and values:
            shape.pool += values
            shape.is_strict = True

    # Statements and expressions

    def visit_For(self, node):
        items = self.shape(node.iter)
        element = items.item() if items is not None else None
        if items is not None:
            items.hints.add("list")
        names = {}
        if isinstance(node.target, nodes.Name):
            names[node.target.name] = element
        else:
            names = {target.name: None for target in node.target.items}
        names["loop"] = None
        self.visit(node.iter)
        self.bound.append(names)
        for part in node.body + node.else_ + ([node.test] if node.test else []):
            self.visit(part)
        self.bound.pop()

    def visit_Assign(self, node):
        self.visit(node.node)
        if isinstance(node.target, nodes.Name):
            self.bound[-1][node.target.name] = self.shape(node.node)

    def visit_Call(self, node):
        if isinstance(node.node, nodes.Getattr):
            owner, method = node.node.node, node.node.attr
            if method == "index" and node.args:
                values = constants(owner)
                sought = node.args[0]
                if isinstance(sought, nodes.Add) and isinstance(sought.left, nodes.Const):
                    start = sought.left.value
                    self.looked_up(sought.right, [value.removeprefix(start) for value in values])
                elif values:
                    self.looked_up(sought, values)
                else:
                    looked_in, sought = self.hint(owner, "list"), self.shape(node.args[0])
                    if sought is not None and looked_in is not None:
                        sought.hints.add("member")
                        sought.owner = looked_in
            elif method in TEXT_METHODS:
                self.hint(owner, "split" if method == "split" else "text")
            elif method in MAPPING_METHODS:
                self.hint(owner, "mapping")
            self.visit(owner)
        else:
            self.visit(node.node)
        for argument in node.args + [pair.value for pair in node.kwargs]:
            self.visit(argument)

    def visit_Getitem(self, node):
        if isinstance(node.arg, nodes.Slice):
            for bound in (node.arg.start, node.arg.stop):
                if bound is not None:
                    self.hint(bound, "number")
            return self.generic_visit(node)
        shape = self.shape(node.arg)
        if isinstance(node.node, nodes.List):
            if shape is not None:
                shape.hints.add("number")
                shape.limit = len(node.node.items)
            elif isinstance(node.arg, nodes.Sub) and (inner := self.shape(node.arg.left)) is not None:
                inner.hints.add("number")
                inner.limit = len(node.node.items)
        elif isinstance(node.node, nodes.Dict):
            self.looked_up(node.arg, [pair.key.value for pair in node.node.items if isinstance(pair.key, nodes.Const)])
        elif shape is not None:
            shape.hints.add("number")
            shape.limit = shape.limit or 2
        self.shape(node)
        self.generic_visit(node)

    def visit_Filter(self, node):
        if node.node is not None:
            if node.name in LIST_FILTERS:
                items = self.hint(node.node, "list")
                for pair in node.kwargs:
                    if pair.key == "attribute" and items is not None and isinstance(pair.value, nodes.Const):
                        items.item().field(str(pair.value.value))
            elif node.name in TEXT_FILTERS:
                self.hint(node.node, "text")
            elif node.name in ("int", "float", "abs", "round"):
                self.hint(node.node, "number")
        self.generic_visit(node)

    def visit_Compare(self, node):
        shape = self.shape(node.expr)
        for operand in node.ops:
            values = constants(operand.expr)
            if shape is not None and values:
                shape.pool += values
            other = self.shape(operand.expr)
            if other is not None and isinstance(node.expr, nodes.Const):
                other.hints.add("list" if operand.op in ("in", "notin") else "text")
                other.pool.append(node.expr.value)
        self.generic_visit(node)

    def arithmetic(self, node):
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if isinstance(other, nodes.Const):
                self.hint(side, "number" if isinstance(other.value, (int, float)) else "text")
        self.generic_visit(node)

    visit_Add = visit_Sub = visit_Mul = visit_Mod = visit_FloorDiv = arithmetic

    def visit_Getattr(self, node):
        self.shape(node)
        self.generic_visit(node)

    def visit_Name(self, node):
        if node.ctx == "load":
            self.shape(node)


def constants(node):
    """The values of a constant, or of a list of constants; nothing for anything else."""
    if isinstance(node, nodes.Const):
        return [node.value]
    if isinstance(node, (nodes.List, nodes.Tuple)) and all(isinstance(item, nodes.Const) for item in node.items):
        return [item.value for item in node.items]
    return []


def columns(templates, environment):
    """Column name → shape, for all templates of a task."""
    shapes = {}
    for template in templates:
        Reader(shapes).visit(environment.parse(template))
    for builtin in ("range", "dict", "namespace", "loop", "lipsum", "cycler", "joiner"):
        shapes.pop(builtin, None)
    return shapes
