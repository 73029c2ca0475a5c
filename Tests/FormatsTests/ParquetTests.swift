import Formats
import Foundation
import PythonText
import TestSupport
import Testing

/// Rows of Parquet files against what pyarrow reads from them, as Python prints them.
@Suite struct ParquetTests {
  struct Expected: Decodable {
    /// `nil` for a row that Python cannot hold.
    var rows: [String?]?
    var error: String?
    /// Another file with the same rows.
    var `as`: String?
  }

  static func expected(_ path: String) throws -> [String: Expected] {
    let all = try JSONDecoder().decode(
      [String: Expected].self, from: try Data(contentsOf: URL(filePath: path)))
    return all.mapValues { $0.as.flatMap { all[$0] } ?? $0 }
  }

  static func rows(_ path: String, limit: Int = .max) throws -> [String] {
    try DocumentFile.read(path, limit: limit).map {
      Value.mapping($0.fields).representation
    }
  }

  /// The description of the error that reading the file leads to.
  static func problem(_ path: String) -> String {
    do {
      _ = try DocumentFile.read(path)
      return "no error"
    } catch {
      return error.description
    }
  }

  static let fixtures = (try? expected(Fixtures.path("parquet/expected.json"))) ?? [:]

  @Test func fixturesAreThere() {
    #expect(Self.fixtures.count >= 20)
  }

  @Test(arguments: fixtures.filter { $0.value.rows != nil }.keys.sorted())
  func fixtureRowsEqual(file: String) throws {
    let path = Fixtures.path("parquet/\(file)")
    let expected = try #require(Self.fixtures[file]?.rows)
    let rows = try Self.rows(path)
    #expect(rows.count == expected.count)
    for (row, wanted) in zip(rows, expected) { #expect(row == wanted) }
    for limit in [0, 1, 3, 38] {
      #expect(try Self.rows(path, limit: limit) == Array(rows.prefix(limit)))
    }
  }

  @Test func columnsKeepTheirOrder() throws {
    let rows = try DocumentFile.read(Fixtures.path("parquet/quiz-zstd-v2.parquet"), limit: 1)
    #expect(
      rows.first?.columns == [
        "id", "question", "choices", "answer", "score", "open", "paths", "notes", "steps",
      ])
  }

  @Test func unsignedNumbersAreExact() throws {
    let rows = try DocumentFile.read(Fixtures.path("parquet/unsigned.parquet"))
    #expect(
      rows.map { $0["n"]?.text } == [
        "0", "9223372036854775807", "9223372036854775808", "18446744073709551615", "None",
      ])
  }

  @Test func pagesAreCheckedAgainstTheirChecksums() throws {
    let bytes = Array(
      try Data(contentsOf: URL(filePath: Fixtures.path("parquet/checksums.parquet"))))
    let folder = try TemporaryFolder()
    let path = try folder.write("a.parquet", bytes)
    #expect(try DocumentFile.read(path).map { $0["isle"]?.text } == ["Orm", "Vell", "Brück"])
    // "Vell" stands in the page's header, too, as the largest value.
    let place = try #require(bytes.firstRange(of: Array("Orm".utf8)))
    var damaged = bytes
    damaged[place.lowerBound] = UInt8(ascii: "B")
    try folder.write("a.parquet", damaged)
    let problem = Self.problem(path)
    #expect(problem.contains("column isle: page 0: its checksum is wrong"), "\(problem)")
  }

  static let broken: [(name: String, bytes: [UInt8], part: String)] = [
    ("empty", [], "0 bytes"),
    ("text", Array("question,answer\n".utf8), "PAR1"),
    ("encrypted", Array("PAR1____PARE".utf8), "encrypted"),
    ("long-footer", Array("PAR1".utf8) + [9, 0, 0, 0] + Array("PAR1".utf8), "9 bytes"),
    ("no-schema", Array("PAR1".utf8) + [0, 1, 0, 0, 0] + Array("PAR1".utf8), "schema"),
    // A struct in a struct in a struct …, all of them the first field.
    (
      "deep",
      Array("PAR1".utf8) + [UInt8](repeating: 0x1c, count: 1000) + [0xe8, 3, 0, 0]
        + Array("PAR1".utf8), "deep"
    ),
  ]

  @Test(arguments: broken)
  func brokenFilesAreErrors(name: String, bytes: [UInt8], part: String) throws {
    let folder = try TemporaryFolder()
    let problem = Self.problem(try folder.write("\(name).parquet", bytes))
    #expect(problem.contains("\(name).parquet") && problem.contains(part), "\(problem)")
  }

  @Test(arguments: [("nulls", "values"), ("zstd", "bytes"), ("prefixes", "bytes")])
  func bombsAreErrors(name: String, part: String) {
    let problem = Self.problem(Fixtures.path("parquet/bomb-\(name).parquet"))
    #expect(problem.contains("more \(part) than can be read"), "\(problem)")
  }

  /// Cuts and flips of every fixture: rows or an error, never a crash.
  @Test(arguments: fixtures.keys.sorted())
  func damagedFilesNeverCrash(file: String) throws {
    let bytes = Array(try Data(contentsOf: URL(filePath: Fixtures.path("parquet/\(file)"))))
    var random = PythonRandom(seed: UInt64(bytes.count))
    let folder = try TemporaryFolder()
    var refused = 0
    for round in 0..<60 {
      var damaged = bytes
      switch round % 3 {
      case 0: damaged.removeLast(1 + random.below(bytes.count))
      // Lengths and offsets stand in the footer.
      case 1:
        damaged[bytes.count - 1 - random.below(min(bytes.count, 1500))] = UInt8(random.below(256))
      default: damaged[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
      }
      if (try? DocumentFile.read(folder.write("a.parquet", damaged))) == nil { refused += 1 }
    }
    #expect(refused >= 20)
  }

  // MARK: Other people's files

  static let collection = ProcessInfo.processInfo.environment["SPUNGE_PARQUET"]
  static let collectionExpected = ProcessInfo.processInfo.environment["SPUNGE_PARQUET_EXPECTED"]

  /// What may be refused although pyarrow reads it.
  static let refusals = ["compressed with LZO"]

  @Test(.enabled(if: collection != nil && collectionExpected != nil))
  func collectionEqualsPyarrow() throws {
    let files = try Self.expected(Self.collectionExpected ?? "")
    #expect(!files.isEmpty)
    for (name, expected) in files.sorted(by: { $0.key < $1.key }) {
      let path = URL(filePath: Self.collection ?? "").appending(path: name).path
      let problem = Self.problem(path)
      guard let wanted = expected.rows else {
        #expect(problem != "no error", "\(name)")
        continue
      }
      if Self.refusals.contains(where: problem.contains) { continue }
      #expect(problem == "no error", "\(name)")
      let rows = (try? Self.rows(path)) ?? []
      #expect(rows.count == wanted.count, "\(name)")
      for (row, wanted) in zip(rows, wanted) where wanted != nil && row != wanted {
        Issue.record("\(name): \(row) instead of \(wanted ?? "")")
        break
      }
    }
  }

  static let data = ProcessInfo.processInfo.environment["SPUNGE_DATA"]

  /// Files of the collection that hold the same questions as a file of the data folder.
  static let twins = [
    ("arc_challenge-test.snappy", "arc_challenge/test"),
    ("arc_challenge-test.zstd", "arc_challenge/test"),
    ("arc_challenge-test.plain-nodict", "arc_challenge/test"),
    ("arc_challenge-test.gzip-v2pages", "arc_challenge/test"),
    ("gsm8k-main-test.snappy", "gsm8k/test"),
    ("truthful_qa-multiple_choice-validation.snappy", "truthfulqa/validation"),
    ("winogrande_xl-validation.zstd", "winogrande/validation"),
  ]

  @Test(.enabled(if: collection != nil && data != nil), arguments: twins)
  func hubFilesEqualJSONLines(parquet: String, lines: String) throws {
    let folder = URL(filePath: Self.collection ?? "")
    let ours = try DocumentFile.read(
      folder.appending(path: "derived-hf-schema/\(parquet).parquet").path)
    let theirs = try DocumentFile.read(
      URL(filePath: Self.data ?? "").appending(path: "\(lines).jsonl").path)
    #expect(ours.count == theirs.count)
    for (row, other) in zip(ours, theirs) {
      for column in other.columns where row[column] != nil { #expect(row[column] == other[column]) }
    }
  }
}
