import Formats
import Foundation
import TestSupport
import Testing

@testable import PythonText

/// Compares regular expressions with Python's `re` (3.11).
///
/// A row is `{"pattern", "text", "found"}` for `re.findall`, each match as a list of its groups, or
/// `{"pattern", "text", "replacement", "result"}` for `re.sub`; `found` and `result` are null where
/// Python raises an error. More such files may be named by SPUNGE_REGEX_CASES.
@Suite struct PythonRegexTests {
  static let files =
    [Fixtures.path("regex.jsonl")]
    + (ProcessInfo.processInfo.environment["SPUNGE_REGEX_CASES"].map { [$0] } ?? [])

  @Test(arguments: files) func agreesWithPython(file: String) throws {
    let rows = try DocumentFile.read(file)
    #expect(rows.count > 50)
    for row in rows {
      let (pattern, text) = (row["pattern"]?.text ?? "", row["text"]?.text ?? "")
      var (output, problem) = (Value.none, "")
      do {
        let regex = try PythonRegex(pattern)
        if let replacement = row["replacement"]?.text {
          output = .string(try regex.replace(in: text, with: replacement))
        } else {
          output = .list(
            try regex.findAll(in: text).map { .list($0.map { .string($0) }) })
        }
      } catch {
        problem = error.message
      }
      #expect(
        output == row["result"] ?? row["found"], "\(pattern) on \(text.debugDescription) \(problem)"
      )
    }
  }

  /// Patterns that take Python longer than anyone waits, on 1,000 characters.
  static let explosive = [
    "(a|aa)+$", "(a+)+$", "(a*)*c", "((a?)*)*c", "(?:a|a|b)*?c", "a*a*a*a*a*c", "(a|b|ab)*(?=c)",
    "(?>(?:a|aa)+c)", "(?:(?:a*b?)*a?)*c", "(.*)(.*)(.*)(.*)c", "(?:a{1,3}){1,40}c", "(\\w+\\s?)+$",
  ]

  @Test(arguments: explosive) func nothingExplodesWithoutBackReferences(pattern: String) throws {
    let text = String(repeating: "a", count: 1000) + "!"
    #expect(try PythonRegex(pattern).findAll(in: text, RegexEffort(limit: 4_000_000)) == [])
  }

  @Test(arguments: ["(a+)\\1\\1\\1b", "(?i)(A+)\\1z", "(a|aa)+\\1$", "(?:(a)|b|a)+(?(1)c|d)"])
  func backReferencesAreStopped(pattern: String) throws {
    let text = String(repeating: "a", count: 20_000) + "!"
    let error = #expect(throws: TemplateFault.self) {
      _ = try PythonRegex(pattern).findAll(in: text, RegexEffort(limit: 500_000))
    }
    let message = error?.message ?? ""
    #expect(message.contains("too long"), "\(message)")
    #expect(message.contains("'\(pattern)'") && message.contains("begins with 'aaaa"), "\(message)")
  }

  @Test func replacingCannotGrowWithoutBounds() throws {
    let text = String(repeating: "a", count: 100_000)
    #expect(throws: TemplateFault.self) { try PythonRegex("").replace(in: text, with: text) }
  }

  @Test func deepNestingIsRefused() {
    let pattern = String(repeating: "(", count: 50_000) + String(repeating: ")", count: 50_000)
    let error = #expect(throws: TemplateFault.self) { try PythonRegex(pattern) }
    #expect(error?.message.contains("too many nested groups") == true)
  }

  @Test(arguments: ["a.b*c", "(x) [y] {z}", "50% & #1 ~", "tab\tline\n", "é—ß"])
  func escapedTextMatchesItself(text: String) throws {
    #expect(try PythonRegex(PythonRegex.escape(text)).findAll(in: "<\(text)>") == [[text]])
  }
}
