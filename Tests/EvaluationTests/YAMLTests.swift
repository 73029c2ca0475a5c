import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@testable import Evaluation

/// YAML as Python's reader has it.
@Suite struct YAMLTests {
  /// Words and what PyYAML 6 makes of them, in Python's notation.
  static let words: [(String, String)] = [
    ("yes", "True"), ("No", "False"), ("on", "True"), ("OFF", "False"), ("y", "'y'"),
    ("null", "None"), ("~", "None"), ("none", "'none'"), ("1e-3", "'1e-3'"), ("1.5e3", "'1.5e3'"),
    ("1.5e+3", "1500.0"), ("1.", "1.0"), (".5", "0.5"), ("-.5", "'-.5'"), ("0x1F", "31"),
    ("0b101", "5"), ("017", "15"), ("08", "'08'"), ("1_000", "1000"), ("12:30", "750"),
    ("1:30.5", "90.5"), ("-7", "-7"), ("+7", "7"), ("-.INF", "-inf"), (".", "'.'"),
    ("1.2.3", "'1.2.3'"), ("0o17", "'0o17'"), ("1__0", "10"), ("00", "0"), ("-0x1f", "-31"),
    ("190:20:30", "685230"), ("1e5", "'1e5'"), ("1.e+5", "100000.0"), ("_1", "'_1'"),
    ("0b", "'0b'"), ("1:60", "'1:60'"), ("1.5E-2", "0.015"),
  ]

  @Test(arguments: words)
  func plainWords(text: String, expected: String) {
    #expect(YAMLScalar.value(of: text).representation == expected)
  }

  private func value(_ yaml: String) throws -> Value {
    let folder = try TemporaryFolder(["task.yaml": yaml])
    let entries = try TaskFile.written(at: folder.file("task.yaml")).entries
    return .mapping(Mapping(entries.map { ($0.key, $0.value.value) }))
  }

  @Test func aliasesAndMergeKeys() throws {
    let yaml = """
      base: &base {depth: 3, tide: low}
      more: &more {tide: high, wind: north}
      one: {<<: *base, depth: 5}
      both: {<<: [*base, *more]}
      again: *more
      quoted: "5"
      tagged: !!str 7
      """
    #expect(
      try value(yaml).representation
        == "{'base': {'depth': 3, 'tide': 'low'}, 'more': {'tide': 'high', 'wind': 'north'}, "
        + "'one': {'depth': 5, 'tide': 'low'}, "
        + "'both': {'tide': 'low', 'wind': 'north', 'depth': 3}, "
        + "'again': {'tide': 'high', 'wind': 'north'}, 'quoted': '5', 'tagged': '7'}")
  }

  @Test func theLastOfEqualKeysCounts() throws {
    #expect(try value("a: 1\nb: {c: 1, \"c\": 2, c: 3}\na: 2\n")["a"] == .integer(2))
    let inner = try value("é: {c: 1, \"c\": 2, c: 3}\n")["é"]
    #expect(inner == .mapping(Mapping([("c", .integer(3))])))
    let folder = try TemporaryFolder(["task.yaml": TaskFileTests.quiz + "task: reefs\n"])
    let file = try TaskFile(path: folder.file("task.yaml"))
    #expect(file.taskName == "reefs")
    #expect(file.remarks.count == 1 && file.remarks[0].contains("'task' is written twice"))
  }

  /// Nine lists of nine of each other would be 400 million values.
  @Test func aliasesThatMultiplyAreRefused() throws {
    var yaml = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for (name, of) in zip("bcdefghi", "abcdefgh") {
      yaml +=
        "\(name): &\(name) [\(Array(repeating: "*\(of)", count: 9).joined(separator: ", "))]\n"
    }
    let error = #expect(throws: TaskError.self) { try value(yaml) }
    #expect(error?.description.contains("aliases counted") == true)
  }

  @Test func deepNestingIsAnError() throws {
    func nested(_ depth: Int) -> String {
      "a: " + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "\n"
    }
    #expect(try value(nested(90)).representation.utf8.count > 180)
    #expect(throws: TaskError.self) { try value(nested(200_000)) }
  }

  @Test(arguments: ["a: !weird 1\n", "[1]: 2\n", "<<: 5\n", "a: *none\n", "- x\n", "a: [\n"])
  func malformedFilesAreNamed(yaml: String) {
    let error = #expect(throws: TaskError.self) { try value(yaml) }
    #expect(error?.description.contains("task.yaml:") == true)
  }
}

extension Value {
  fileprivate subscript(key: String) -> Value? { mappingValue?[key] }
}

@Suite struct YAMLBoundsTests {
  /// Nine aliases a level, ten levels: 3.5 billion values.
  static let laughs = (1..<10).reduce("a0: &a0 [x, x, x, x, x, x, x, x, x]\n") { text, level in
    text + "a\(level): &a\(level) ["
      + Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
  }

  @Test(arguments: [
    laughs, laughs + "? *a9\n: 1\n", laughs + "*a9 : 1\n", laughs + "b: {[*a9]: 1}\n",
    "a: " + String(repeating: "[", count: 100_000), String(repeating: "- ", count: 5000) + "a\n",
    "b: " + String(repeating: "{a: ", count: 150) + String(repeating: "}", count: 150),
  ])
  func bombsAreRefused(text: String) throws {
    let folder = try TemporaryFolder(["isles.yaml": text])
    let error = #expect(throws: TaskError.self) { try TaskFile(path: folder.file("isles.yaml")) }
    let message = error?.description ?? ""
    #expect(message.contains("isles.yaml"), "\(message.prefix(300))")
    #expect(message.utf8.count < 2000)
  }

  @Test func proseWithStarsIsNoBomb() throws {
    let prose = (0..<40).map { "  *word\($0) [a]: is &this? *it :\n" }.joined()
    let folder = try TemporaryFolder(["isles.yaml": "task: t\ndescription: |\n" + prose])
    #expect(try TaskFile(path: folder.file("isles.yaml"))["description"]?.string?.count ?? 0 > 800)
  }

  /// Each of 40 files includes the next one twice.
  @Test func everyIncludedFileIsReadOnce() throws {
    var files = ["i40.yaml": "task: t\nnum_fewshot: 3\n"]
    for index in 0..<40 {
      files["i\(index).yaml"] = "include: [i\(index + 1).yaml, i\(index + 1).yaml]\n"
    }
    let folder = try TemporaryFolder(files)
    #expect(try TaskFile(path: folder.file("i0.yaml"))["num_fewshot"]?.scalar == .integer(3))
  }

  @Test func devicesAndControlCharactersAreNamed() throws {
    let folder = try TemporaryFolder([
      "a.yaml": "task: a\u{1}b\n", "b.yaml": "include: /dev/zero\n",
    ])
    for name in ["a", "b"] {
      let error = #expect(throws: TaskError.self) {
        try TaskFile(path: folder.file("\(name).yaml"))
      }
      let message = error?.description ?? ""
      #expect(message.contains("cannot be read"), "\(message)")
      #expect(!message.unicodeScalars.contains { $0.value < 0x20 }, "\(message)")
    }
  }
}
