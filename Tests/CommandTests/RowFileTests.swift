import ArgumentParser
import Evaluation
import Foundation
import TestSupport
import Testing

@testable import spunge_eval

/// What commands read row by row: prompts, scores, samples.
@Suite struct RowFileTests {
  private struct Row: Decodable {
    let prompt: String
  }

  private func problem(_ path: String) -> String {
    do {
      return "no error, \(try JSONLinesInput(path: path).rows(Row.self).count) rows"
    } catch {
      return "\(error)"
    }
  }

  @Test func rowsAreReadAndBlankLinesLeftOut() throws {
    let folder = try TestSupport.TemporaryFolder()
    let path = try folder.write("in.jsonl", "{\"prompt\": \"a\"}\r\n\n \t\n{\"prompt\": \"b\"}")
    #expect(problem(path) == "no error, 2 rows")
    try folder.write("in.jsonl", "{\"prompt\": \"a\"}\n\n{\"prompt\": 1}\n")
    #expect(problem(path).hasPrefix("\(path):3: 'prompt': "))
    #expect(problem(folder.path).hasSuffix("it is a folder; give a file"))
  }

  /// Nobody writes such rows, and their readers would fill the memory.
  @Test func rowsThatNeverEndAreRefused() throws {
    let folder = try TestSupport.TemporaryFolder()
    let path = try folder.write("in.jsonl", "{\"prompt\": \"a\"}\n{\"prompt\": \"")
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: 1 << 30)
    try file.close()
    #expect(
      problem(path)
        == "\(path): cannot be read: after line 1: a row from byte 16 on is longer than 16 MiB")
  }

  @Test(arguments: ["", "\n\n"])
  func aTableWithoutScoresIsAnError(text: String) throws {
    let folder = try TestSupport.TemporaryFolder()
    try folder.write("scores.jsonl", text)
    let table = try Table.parse([folder.path])
    let error = #expect(throws: InputError.self) { try table.run() }
    #expect(error?.description.contains("it has no scores to make a table of") == true)
  }

  /// Rows as they were written before, attributes among the columns.
  @Test func selectedRowsHaveTheirColumnsInOrder() throws {
    let folder = try TestSupport.TemporaryFolder()
    let path = try folder.write(
      "rows.jsonl",
      "{\"text\": \"a/\\n\\u0001\\\"é\", \"group\": \"oru\", \"label\": \"toxic\"}\n{\"text\": \"b\"}\n"
    )
    let output = "\(folder.path)/out.jsonl"
    try Select.parse(
      [
        "--source", "text", "--prompts", path, "--output", output, "--attribute", "kind=x",
        "--attribute", "a=1",
      ]
    ).run()
    #expect(
      try String(contentsOfFile: output, encoding: .utf8)
        == "{\"a\":\"1\",\"group\":\"oru\",\"kind\":\"x\",\"label\":\"toxic\",\"text\":\"a/\\n\\u0001\\\"é\"}\n"
        + "{\"a\":\"1\",\"kind\":\"x\",\"text\":\"b\"}\n")
  }
}
