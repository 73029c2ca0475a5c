import Foundation
import PythonText
import TestSupport
import Testing

@testable import Formats

/// CSV as pandas 3.1 and datasets 5.2 read it; the expected rows are what they gave.
@Suite struct DelimitedTextTests {
  /// A file's text, and its rows as Python prints them.
  static let files: [(text: String, rows: [String])] = [
    ("q,lab,q\nfirst,0,second\n", ["{'q': 'first', 'lab': 0, 'q.1': 'second'}"]),
    ("q,q,q.1,q\n1,2,3,4\n", ["{'q': 1, 'q.2': 2, 'q.1': 3, 'q.3': 4}"]),
    (",a,\n1,2,3\n", ["{'Unnamed: 0': 1, 'a': 2, 'Unnamed: 2': 3}"]),
    ("q,lab\rfirst,0\rsecond,1\r", ["{'q': 'first', 'lab': 0}", "{'q': 'second', 'lab': 1}"]),
    ("a,b\r\n\"x\ry\",2", ["{'a': 'x\\ry', 'b': 2}"]),
    ("a,b\n1,2\n \n3,4\n", ["{'a': 1, 'b': 2}", "{'a': 3, 'b': 4}"]),
    ("\n\r\na\nx\n  \ny\n", ["{'a': 'x'}", "{'a': 'y'}"]),
    ("a\n\"\"\n\nx\n", ["{'a': None}", "{'a': 'x'}"]),
    ("a,b\n\"\"x,2\n", ["{'a': 'x', 'b': 2}"]), ("a,b\n\"x\"y,2\n", ["{'a': 'xy', 'b': 2}"]),
    ("a,b\nx\"y\",2\n", ["{'a': 'x\"y\"', 'b': 2}"]),
    ("a,b\n\"x\"\"y\"\"\",2\n", ["{'a': 'x\"y\"', 'b': 2}"]),
    ("a, b\n1, 2\n", ["{'a': 1, ' b': 2}"]),
    ("a,b\n1,2\n,\n", ["{'a': 1.0, 'b': 2.0}", "{'a': None, 'b': None}"]),
    ("a,b,c\n1,2\n3,4,5\n", ["{'a': 1, 'b': 2, 'c': None}", "{'a': 3, 'b': 4, 'c': 5.0}"]),
    ("a,b\nx\ny", ["{'a': 'x', 'b': None}", "{'a': 'y', 'b': None}"]),
  ]

  @Test(arguments: files)
  func rowsAreThoseOfPandas(text: String, rows: [String]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", text)
    let read = try DocumentFile.read(path).map { Value.mapping($0.fields).text }
    #expect(read == rows)
  }

  /// Cells of a column of large whole numbers, and its values with their types.
  static let numbers: [(cells: [String], values: [String])] = [
    (
      ["9007199254740993000", "9223372036854775807"],
      ["9007199254740993000", "9223372036854775807"]
    ),
    (["1", "9223372036854775808"], ["1", "'9223372036854775808'"]),
    (["-1", "9223372036854775808"], ["'-1'", "'9223372036854775808'"]),
    (["", "18446744073709551615"], ["''", "'18446744073709551615'"]),
    (["9007199254740993", ""], ["9007199254740992.0", "None"]),
    (["9223372036854775808", "1.5"], ["9.223372036854776e+18", "1.5"]),
    (["9223372036854775808", "x"], ["'9223372036854775808'", "'x'"]),
  ]

  @Test(arguments: numbers)
  func largeNumbersAreExactWhereTheyAreInPandas(cells: [String], values: [String]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", "k,v\n" + cells.map { "r,\($0)\n" }.joined())
    #expect(try DocumentFile.read(path).map { $0["v"]?.representation ?? "" } == values)
  }

  @Test(arguments: ["18446744073709551616", "-9223372036854775809", "12345678901234567890123"])
  func numbersBeyond64BitsAreRefused(number: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", "k,v\nr,1\nr,\(number)\n")
    let error = #expect(throws: ReadingError.self) { try DocumentFile.read(path) }
    #expect(error?.description.contains("a.csv: cannot be read: column 'v'") == true)
  }

  /// Bytes, and what the error says.
  static let mistakes: [(bytes: [UInt8], parts: [String])] = [
    (
      Array("q,a\nx,1\n".utf8) + [0x63, 0x61, 0x66, 0xE9] + Array(",2\n".utf8),
      ["a.csv:3:1", "field 1", "byte 11 of the file is not UTF-8"]
    ),
    ([0xFF, 0xFE, 0x71, 0], ["UTF-16"]),
    (Array("q,a\n\"x\n\n1,2\n".utf8), ["a.csv:2:1", "never closed"]),
    (Array("q,a\n\"x\ny\",1\n1,2,3\n".utf8), ["a.csv:4:1", "3 fields, but there are 2"]),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamedWithTheirPlace(bytes: [UInt8], parts: [String]) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", bytes)
    let error = #expect(throws: ReadingError.self) { try DocumentFile.read(path) }
    let message = error?.description ?? ""
    for part in parts { #expect(message.contains(part), "\(message)") }
  }

  @Test func columnNamesMustDiffer() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("a.csv", "1,2\n")
    var format = DocumentFormat()
    (format.columnNames, format.hasHeader) = (["q", "q"], false)
    let error = #expect(throws: ReadingError.self) { try DocumentFile.read(path, format: format) }
    #expect(error?.description.contains("two columns have the same name") == true)
  }

  /// Rows and quoted fields that go on behind what is read at a time.
  @Test func longFilesAreReadAStretchAtATime() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "line\n\"\"q\"\" é\r\n", count: 400_000)
    let rows = (0..<300_000).map { "\($0),row \($0)\r\n" }.joined()
    let path = try folder.write("a.csv", "n,t\r\n" + rows + "7,\"\(long)\"\r\n8,last")
    let documents = try DocumentFile.read(path)
    #expect(documents.count == 300_002)
    #expect(documents[299_999]["t"] == .string("row 299999"))
    #expect(documents[300_000]["t"] == .string(long.replacing("\"\"", with: "\"")))
    #expect(documents[300_001]["n"] == .integer(8))
  }
}
