import Formats
import PythonText
import Testing

/// Hostile templates end in an error, honest ones of any length do not.
@Suite struct TemplateBudgetTests {
  static let long = "{% set s = 'a' * 16000000 %}"

  static let endless = [
    "{% for c in s %}{% endfor %}",
    "{% for i in range(100000) %}{% if 'b' in s %}{% endif %}{% endfor %}",
    "{% for i in range(100) %}{% if s < s %}{% endif %}{% endfor %}",
    "{% for i in range(100) %}{% set x = s | title %}{% endfor %}",
    "{% for i in range(100) %}{% set x = s.upper() %}{% endfor %}",
    "{% set l = range(1000000) | list %}{% for i in l %}{% if -1 in l %}{% endif %}{% endfor %}",
    "{{ [s] * 1000 | join }}",
    "{% set ns = namespace(x='a') %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}", "{{ s | center(99999999999) }}",
    "{{ s | replace('', s) }}", "{{ ['a'] | sum(start='') }}",
    "{{ range(3) | list | batch(99999999999, 0) }}",
    "{{ 'x' | indent(99999999999) }}", "{{ '%999999999d' | format(1) }}",
    "{{ 'x'.ljust(99999999999) }}",
    "{{ range(0, 9223372036854775807, 1) }}",
    "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "{{ s | regex_replace('(a+)\\\\1\\\\1b', '') }}",
  ]

  @Test(arguments: endless) func hostileTemplatesAreStopped(template: String) throws {
    let error = #expect(throws: TemplateError.self) {
      try Template(Self.long + template, name: "isles.yaml:4: doc_to_text").render(
        Mapping())
    }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("isles.yaml:4: doc_to_text, line 1, column "), "\(message)")
    #expect(message.utf8.count < 1500)
  }

  static let honest: [(String, String)] = [
    ("{{ s.count('a' * 100000 ~ 'b') }}", "0"),
    ("{{ s.replace('a' * 100000 ~ 'b', '') | length }}", "1000000"),
    ("{{ s.split('a' * 100000 ~ 'b') | length }}", "1"),
    ("{{ s.rfind('b' ~ 'a' * 100000) }}", "-1"),
    ("{% for i in range(1000) %}{% set x = s[0] ~ s[-1] %}{% endfor %}{{ s[5:8] }}", "aaa"),
    ("{{ range(3, 9223372036854775807, 9223372036854775800) | list }}", "[3, 9223372036854775803]"),
    ("{{ 'abc'[::9223372036854775807] }}{{ 'abc'[::-9223372036854775807] }}", "ac"),
    ("{{ range(2000) | unique | list | length }}", "2000"),
    ("{% set a = {'b': {'c': {'d': {'e': {'f': {'g': {'h': 1}}}}}}} %}{{ a.b.c.d.e.f.g.h }}", "1"),
    (
      "{% set ns = namespace(x='') %}{% for i in range(3000) %}{% set ns.x = ns.x ~ 'word ' %}{% endfor %}{{ ns.x | length }}",
      "15000"
    ),
  ]

  @Test(arguments: honest) func longTextsAreNoMatter(template: String, output: String) throws {
    let text = try Template("{% set s = 'a' * 1000000 %}" + template, name: "case").render(
      Mapping())
    #expect(text == output)
  }
}
