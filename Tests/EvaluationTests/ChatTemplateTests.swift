import Evaluation
import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Chat templates against transformers.
///
/// A row is `{"template", "tokens", "messages", "ending", "output"}`; `output` is null where
/// transformers refuses. More such files may be named by SPUNGE_CHAT_CASES.
@Suite struct ChatTemplateTests {
  static let files =
    [Fixtures.path("chat_templates.jsonl")]
    + (ProcessInfo.processInfo.environment["SPUNGE_CHAT_CASES"].map { [$0] } ?? [])

  @Test(arguments: files) func agreesWithTransformers(file: String) throws {
    let rows = try DocumentFile.read(file)
    #expect(rows.count > 50)
    for row in rows {
      let tokens = try #require(row["tokens"]?.mappingValue)
      let messages = try #require(row["messages"]?.items).map { message in
        let fields = try #require(message.mappingValue)
        let role = try #require(fields["role"]?.stringValue.flatMap(ChatMessage.Role.init))
        return ChatMessage(role, try #require(fields["content"]?.stringValue))
      }
      let endings: [String: ChatTemplate.Ending] = [
        "prompt": .prompt, "open": .open, "closed": .closed,
      ]
      let ending = try #require(endings[row["ending"]?.text ?? ""])
      let source = row["template"]?.text ?? ""
      var (output, problem) = (String?.none, "")
      do {
        let template = try ChatTemplate(
          source, specialTokens: tokens.texts, name: "case")
        output = try template.render(messages, ending: ending)
      } catch {
        problem = error.description
      }
      #expect(output == row["output"]?.stringValue, "\(source)\n\(problem)")
    }
  }

  /// Each of them ends in an error, soon.
  @Test(arguments: [
    "{% for a in range(1000000) %}{% for b in range(1000000) %}x{% endfor %}{% endfor %}",
    "{% set ns = namespace(x='ab') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(99) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    "{% set ns = namespace(x=1) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
    "{% macro again(n) %}{{ again(n + 1) }}{% endmacro %}{{ again(0) }}",
    "{% macro twice(n) %}{{ twice(n - 1) ~ twice(n - 1) if n else 'x' }}{% endmacro %}{{ twice(60) }}",
    "{% set x = 'a' * 9999999 %}{{ x.replace('a', x) }}",
    "{% set x = 'a' * 9999999 %}{{ x | replace('a', x) }}",
    "{% set x = 'a' * 9999999 %}{{ x | list | join(x) }}",
    "{% set x = 'a' * 9999999 %}{{ x.join(x | list) }}",
    "{% set ns = namespace(x='a') %}{% for i in range(999999) %}{% set ns.x = ns.x ~ 'a' %}{% endfor %}",
    "{% set x = 'a' * 9999999 %}{% for i in range(9999) %}{{ x | upper }}{% endfor %}",
    "{{ raise_exception('no') }}", "{{ missing.field }}", "{{ missing + 1 }}", "{{ missing() }}",
    "{% set loop.x = 1 %}", "{% break %}", "{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}",
    "{% for x in messages %}{% macro f() %}{% break %}{% endmacro %}{% endfor %}",
    "{{ namespace() }}", "{{ namespace(1) }}",
  ])
  func hostileTemplatesEndInAnError(source: String) throws {
    let started = ContinuousClock.now
    #expect(throws: TemplateError.self) {
      try ChatTemplate(source, specialTokens: [:], name: "hostile")
        .render([ChatMessage(.user, "Hello")], ending: .prompt)
    }
    #expect(ContinuousClock.now - started < .seconds(60))
  }

  @Test func datesAreToday() throws {
    let template = try ChatTemplate(
      "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('') }}", specialTokens: [:], name: "date")
    let text = try template.render([], ending: .closed)
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "dd MMM yyyy"
    #expect(text == format.string(from: Date()) + "|")
  }
}

extension Mapping {
  fileprivate var texts: [String: String] {
    var result: [String: String] = [:]
    for (key, value) in zip(keys, values) { result[key.text] = value.text }
    return result
  }
}
