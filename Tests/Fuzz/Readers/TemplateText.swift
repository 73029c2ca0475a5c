/// Jinja templates from a grammar, and documents for them.
enum TemplateText {
  static let documents = """
    {"text": "  Hello World_ foo ", "n": 5, "f": 2.5, "t": true, "z": null, "l": ["b", "a", "c"], "nums": [3, 1, 2], \
    "d": {"text": ["p", "q"], "label": ["A", "B"]}, "u": "Ärger ß 日本 x", "lst": [{"k": "v1", "n": 2}, {"k": "v0", "n": 1}]}
    {"text": "it's \\"q\\"\\n\\tz", "n": -7, "f": 1e22, "t": false, "z": null, "l": [], "nums": [0, -1, 10], \
    "d": {"text": [], "label": []}, "u": "", "lst": []}
    {"text": "a,b,,c", "n": 0, "f": -0.1, "t": true, "z": null, "l": ["x"], "nums": [1], \
    "d": {"text": ["e\u{0301}"], "label": ["Z"]}, "u": "ﬁ İ", "lst": [{"k": "", "n": 0}]}

    """

  static let words = [
    "{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{%-", "{% raw %}", "{% endraw %}", "{% if t %}",
    "{% endif %}", "{% for",
    "in", "not", "|", "~", "**", "//", "loop.index", "namespace(x=1)", "[", "]", "'", "| join",
    "is defined", "range(9)",
    "range(1000000000)", "'a' * 9", "'a' * 9999999999", "2 ** 99", "9 ** 9 ** 9",
    "{{ text.zfill(99999999999) }}",
  ]

  private static let values = [
    "text", "u", "n", "f", "t", "z", "l", "nums", "d", "lst", "d.text", "d['label']", "lst[0].k",
    "l[0]", "nums[-1]",
    "nums[1:]", "text[::-1]", "'lit'", "\"x y\"", "3", "-2", "0.5", "[1, 'a']", "{'k': 1}",
    "(1, 2)", "none", "true",
    "missing", "d.missing", "range(3)", "range(n)", "l[5]", "text[2]", "nums[0]", "1e3",
  ]

  private static let filters = [
    "upper", "lower", "title", "capitalize", "trim", "length", "first", "last", "join(', ')",
    "join", "list", "sort",
    "sort(reverse=true)", "unique | list", "reverse | list", "replace('a', 'bb')", "int", "int(7)",
    "float", "string",
    "abs", "round", "round(1)", "default('d')", "default('d', true)", "tojson", "sum", "min", "max",
    "escape",
    "map('upper') | list", "map(attribute='n') | list", "select | list", "reject('none') | list",
    "wordcount", "batch(2) | list",
    "regex_replace('[a-z]+', '<\\\\g<0>>')", "selectattr('n') | list", "dictsort", "items | list",
    "truncate(5)",
    "indent(2)", "center(9)", "format(1)", "groupby('n') | list", "slice(2) | list", "e", "safe",
    "urlencode", "xmlattr",
  ]

  private static let methods = [
    "strip()", "split()", "split(',')", "upper()", "replace('a', '1')", "startswith('a')",
    "find('l')", "index('b')",
    "items()", "keys() | list", "values() | list", "get('text')", "get('zz', 3)",
    "join(['a', 'b'])", "count('l')",
    "lower().title()", "splitlines()", "isdigit()", "zfill(8)", "format(1)", "rsplit(' ', 1)",
    "partition(' ')", "append(1)",
    "removeprefix('a')", "encode()", "swapcase()", "casefold()", "center(7)", "ljust(7)",
    "expandtabs()",
  ]

  private static let tests = [
    "defined", "undefined", "none", "not none", "string", "number", "mapping", "iterable",
    "sequence", "even", "odd",
    "divisibleby(3)", "true", "in [1, 5]", "eq 5", "sameas true", "boolean", "integer", "float",
    "lower", "callable",
  ]

  private static let operators = [
    "+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "and", "or", "in", "not in", "**",
  ]

  static func make(_ random: inout Random) -> String {
    (0..<random.few(4)).map { _ in statement(depth: 0, &random) }.joined()
  }

  private static func statement(depth: Int, _ random: inout Random) -> String {
    let open = random.oneIn(6) ? "{%- " : "{% "
    let close = random.oneIn(6) ? " -%}" : " %}"
    let inside = { (random: inout Random) in
      depth > 2 ? "x" : statement(depth: depth + 1, &random)
    }
    switch random.below(9) {
    case 0:
      return random.pick(["text ", "\n", "  \n x", "{# note #}", "{% raw %}{{ a }}{% endraw %}"])
    case 1:
      return
        "\(open)if \(condition(&random))\(close)\(inside(&random))\(open)else\(close)\(inside(&random))\(open)endif\(close)"
    case 2:
      let loop = random.pick([
        "{{ loop.index }}", "{{ loop.last }}", "{{ loop.cycle('a', 'b') }}", "{{ loop.previtem }}",
        "{{ v }}",
      ])
      let extra = random.oneIn(5) ? " if v" : ""
      return
        "\(open)for v in \(expression(1, &random))\(extra)\(close)\(loop)\(inside(&random))\(open)endfor\(close)"
    case 3: return "\(open)set v = \(expression(1, &random))\(close){{ v }}"
    case 4 where random.oneIn(2):
      return
        "\(open)macro m(a, b=2)\(close){{ a }}{{ b }}\(open)endmacro\(close){{ m(\(expression(2, &random))) }}"
    case 5 where random.oneIn(2):
      return
        "\(open)filter \(random.pick(["upper", "trim", "title"]))\(close)\(inside(&random))\(open)endfilter\(close)"
    default: return "{{ \(expression(0, &random)) }}"
    }
  }

  private static func expression(_ depth: Int, _ random: inout Random) -> String {
    if depth > 3 { return random.pick(values) }
    switch random.below(8) {
    case 0, 1: return random.pick(values)
    case 2, 3: return "\(operand(depth, &random)) | \(random.pick(filters))"
    case 4: return "\(operand(depth, &random)).\(random.pick(methods))"
    case 5: return "\(operand(depth, &random)) \(random.pick(operators)) \(operand(depth, &random))"
    case 6:
      return "\(operand(depth, &random)) if \(condition(&random)) else \(operand(depth, &random))"
    default: return "(\(expression(depth + 1, &random)))"
    }
  }

  private static func operand(_ depth: Int, _ random: inout Random) -> String {
    random.oneIn(2) ? random.pick(values) : "(\(expression(depth + 1, &random)))"
  }

  private static func condition(_ random: inout Random) -> String {
    let value = random.pick(values)
    return random.oneIn(2)
      ? "\(value) is \(random.pick(tests.filter { !$0.hasPrefix("in ") }))" : expression(2, &random)
  }
}
