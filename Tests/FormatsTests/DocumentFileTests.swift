import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@Suite struct DocumentFileTests {
  @Test func jsonLinesKeepKindsAndOrder() throws {
    let folder = try TemporaryFolder([
      "a.jsonl":
        "\u{feff}{\"b\": 1, \"a\": 1.0, \"t\": true, \"z\": null}\r\n\n{\"s\": \"\\u00e9\\ud83d\\ude00\\n\"}"
    ])
    let rows = try DocumentFile.read(folder.file("a.jsonl"))
    #expect(rows.count == 2)
    #expect(rows[0].columns == ["b", "a", "t", "z"])
    #expect(
      Value.mapping(rows[0].fields).text == "{'b': 1, 'a': 1.0, 't': True, 'z': None}")
    #expect(rows[1]["s"] == .string("é😀\n"))
    #expect(try DocumentFile.read(folder.file("a.jsonl"), limit: 1).count == 1)
  }

  /// As `datasets` 5 loads them, objects end where their braces do.
  @Test(arguments: [
    "{\"a\":1}\r{\"a\":2}\r", "{\"a\":1}\r\n\r\n{\"a\":2}\r\n", "{\"a\":\n1}\n{\"a\":2}\n",
    "{\n\"a\": 1\n}\n{\n\"a\": 2\n}", "{\"a\":1}{\"a\":2}", " {\"a\":1} {\"a\":2} \n",
    "{\"a\":1, \"b\": [{},\r\"}\\\"{\"]}\n\n{\"a\":2}",
  ])
  func objectsOverSeveralLines(text: String) throws {
    let folder = try TemporaryFolder(["a.jsonl": text])
    let rows = try DocumentFile.read(folder.file("a.jsonl"))
    #expect(rows.map { $0["a"] } == [.integer(1), .integer(2)])
  }

  /// Reading does not look at the rest of a line for each of its objects: this took hours.
  @Test(.timeLimit(.minutes(2))) func aMillionObjectsInOneLine() throws {
    let folder = try TemporaryFolder([
      "a.jsonl": String(repeating: "{\"a\":1}", count: 1_000_000)
    ])
    #expect(try DocumentFile.read(folder.file("a.jsonl")).count == 1_000_000)
  }

  /// Objects that lie across what is read at a time.
  @Test func longObjects() throws {
    let object = "{\n\"a\": \"\(String(repeating: "x", count: 1_000_000))\"\n}\n"
    let folder = try TemporaryFolder([
      "a.jsonl": String(repeating: object, count: 9)
    ])
    #expect(try DocumentFile.read(folder.file("a.jsonl")).count == 9)
  }

  /// As `datasets` 5 loads them: of an array, which it writes anew with null for what JSON cannot express.
  @Test func numbersThatAreNoneInArrays() throws {
    let text = #"{"a": NaN, "b": [1.5, -Infinity], "c": {"d": Infinity}}"#
    let folder = try TemporaryFolder(["a.json": "[\(text)]", "a.jsonl": text])
    let rows = try ["a.json", "a.jsonl"].map { try DocumentFile.read(folder.file($0))[0] }
    #expect(
      rows.map { Value.mapping($0.fields).text } == [
        "{'a': None, 'b': [1.5, None], 'c': {'d': None}}",
        "{'a': nan, 'b': [1.5, -inf], 'c': {'d': inf}}",
      ])
  }

  @Test func separatedValuesGetTheirColumnTypes() throws {
    let folder = try TemporaryFolder([
      "a.csv":
        "name,depth,salt,open\r\n\"Vell, the \"\"old\"\"\n isle\",12,0.5,True\nOrm,,1,False\n",
      "b.tsv": "name\tanswer\nVell\tA\n",
    ])
    let rows = try DocumentFile.read(folder.file("a.csv"))
    #expect(
      rows.map { Value.mapping($0.fields).text } == [
        "{'name': 'Vell, the \"old\"\\n isle', 'depth': 12.0, 'salt': 0.5, 'open': True}",
        "{'name': 'Orm', 'depth': None, 'salt': 1.0, 'open': False}",
      ])
    #expect(try DocumentFile.read(folder.file("b.tsv"))[0]["answer"] == .string("A"))
  }

  @Test(arguments: ["lines.jsonl.gz", "lines.jsonl.zst", "array.json.gz"])
  func compressedTextsAreUnpacked(file: String) throws {
    let path = Fixtures.path("compressed/\(file)")
    #expect(try DocumentFile.read(path).map { $0["isle"]?.text } == ["Orm", "Brück"])
    let bytes = Array(try Data(contentsOf: URL(filePath: path)).dropLast(3))
    let folder = try TemporaryFolder()
    let cut = try folder.write(file, bytes)
    let error = #expect(throws: ReadingError.self) { try DocumentFile.read(cut) }
    #expect(error?.description.contains("fetch it again") == true)
  }

  @Test func jsonFilesMayHoldLines() throws {
    let folder = try TemporaryFolder([
      "a.json": " {\"q\": 1}\n{\"q\": 2}\n", "b.json": "{\"v\": 1, \"data\": [{\"q\": 3}]}",
    ])
    #expect(try DocumentFile.read(folder.file("a.json")).map { $0["q"]?.integerValue } == [1, 2])
    var format = DocumentFormat()
    format.field = "data"
    let rows = try DocumentFile.read(folder.file("b.json"), format: format)
    #expect(rows.map { $0["q"]?.integerValue } == [3])
    format.field = "rows"
    #expect(throws: ReadingError.self) {
      try DocumentFile.read(folder.file("b.json"), format: format)
    }
  }

  /// Cells of a column, and its values as pandas reads them.
  static let cells: [([String], String)] = [
    (["1", "2"], "1 2"), (["1", "NA"], "1.0 None"), ([" 1", "2 "], "1 2"), (["01", "+5"], "1 5"),
    (["TRUE", "false"], "True False"), (["True", "null"], "True None"), (["True", "1"], "True 1"),
    (["true", "maybe"], "true maybe"), (["-inf", "Infinity"], "-inf inf"),
    (["nan", "1"], "None 1.0"),
    (["None", "x"], "None x"), (["1.", ".5"], "1.0 0.5"), (["0x1F", "1"], "0x1F 1"),
    (["1_000", "2"], "1_000 2"), (["1e400", "2"], "inf 2.0"), (["", "n/a"], "None None"),
    (["1", "x"], "1 x"), (["info", "1"], "info 1"), (["-0", "1"], "0 1"),
  ]

  @Test(arguments: cells)
  func columnsGetTheTypesThatPandasGives(cells: [String], expected: String) throws {
    let lines = cells.map { "r,\($0)\n" }.joined()
    let folder = try TemporaryFolder(["a.csv": "k,v\n" + lines])
    let values = try DocumentFile.read(folder.file("a.csv")).map { $0["v"]?.text ?? "" }
    #expect(values.joined(separator: " ") == expected)
  }

  /// File, contents, place and part of the message.
  static let mistakes: [(String, String, String, String)] = [
    ("a.jsonl", "{\"q\": 1}\n{\"q\": é}\n", ":2:7:", "expected a value"),
    ("a.jsonl", "{\"q\": 1}\n\n{\"é\": \"x}\n", ":3:7:", "never closed"),
    ("a.jsonl", "[1]\n", ":1:1:", "expected an object"),
    ("a.jsonl", "{\"q\": 1} x\n", ":1:10:", "text after the end"),
    ("a.jsonl", "{\"q\": 123456789012345678901}\n", ":1:7:", "64 bits"),
    ("a.jsonl", "{\"q\": \"\\ud800\"}\n", ":1:14:", "surrogate"),
    ("a.jsonl", "{\"q\": 01}\n", ":1:7:", "expected a value"),
    ("a.jsonl", "{q: 1}\n", ":1:2:", "double quotes"),
    ("a.jsonl", "{\"q\": 1}{\"q\": x}\n", ":1:15:", "expected a value"),
    ("a.jsonl", "{\n\"q\": 1}\n{\n\"q\": x}\n", ":4:6:", "expected a value"),
    ("a.json", "[{\"q\": 1},\n {\"q\" 2}]", ":2:7:", "expected ':'"),
    ("a.csv", "q,a\n1,2\n3,4,5\n", ":3:1:", "3 fields, but there are 2 column names"),
    ("a.csv", "q,a\n\"1,2\n", ":2:1:", "never closed"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamedWithTheirPlace(
    file: String, contents: String, place: String, part: String
  ) throws {
    let folder = try TemporaryFolder([file: contents])
    let error = #expect(throws: ReadingError.self) { try DocumentFile.read(folder.file(file)) }
    let message = error?.description ?? ""
    #expect(message.contains("\(file)\(place)") && message.contains(part), "\(message)")
  }

  @Test func deepJSONIsAnError() throws {
    let folder = try TemporaryFolder([
      "a.jsonl": "{\"q\": " + String(repeating: "[", count: 200_000)
    ])
    #expect(throws: ReadingError.self) { try DocumentFile.read(folder.file("a.jsonl")) }
  }
}
