import Foundation
import Tensors
import TestSupport
import Testing

@testable import Spunge

struct RunJournalTests {
  struct Record: Codable, Hashable {
    var id: Int
    var text = "täxt / \"quoted\""

    /// As a line of a journal.
    var line: String {
      get throws { String(decoding: try JournalContent.line(self), as: UTF8.self) }
    }
  }

  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = "\(folder.path)/journal.jsonl"
  }

  private func bytes() throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  @Test func recordsSurviveReopening() throws {
    let first = try Journal<Record>(path: path)
    #expect(first.records.isEmpty)
    try first.append(Record(id: 1))
    try first.append(Record(id: 2))
    try first.close()
    let second = try Journal<Record>(path: path)
    #expect(second.records.map(\.id) == [1, 2])
    try second.append(Record(id: 3))
    try second.close()
    #expect(try Journal<Record>(path: path).records == [1, 2, 3].map { Record(id: $0) })
    #expect(try bytes().split(separator: "\n").count == 3)
  }

  /// Checked with sha256sum over `{"id":1,"text":"a"}`.
  @Test func lineEndsInItsChecksum() throws {
    #expect(
      try Record(id: 1, text: "a").line
        == "{\"id\":1,\"text\":\"a\",\"check\":\"1796585a61bd31a5\"}\n")
  }

  @Test(arguments: ["{\"id\":", "{\"id\":2,\"text\":\"b\"}", "\u{0}\u{0}", "x"])
  func tornLastLineIsCutOff(torn: String) throws {
    let whole = try Record(id: 1, text: "a").line
    try folder.write("journal.jsonl", whole + torn)
    let journal = try Journal<Record>(path: path)
    #expect(journal.records == [Record(id: 1, text: "a")])
    #expect(journal.note == nil)
    #expect(try bytes() == whole)
    try journal.append(Record(id: 3, text: "c"))
    #expect(try bytes() == whole + Record(id: 3, text: "c").line)
  }

  /// Whichever bit flips, the record is as it was or not there, and the others are there.
  @Test func everyFlippedBitIsFound() throws {
    let lines = try (1...3).map { try Record(id: $0, text: "abc").line }
    let bytes = Array(lines.joined().utf8)
    let middle = lines[0].utf8.count..<lines[0].utf8.count + lines[1].utf8.count
    for place in middle {
      for bit in 0..<8 {
        var damaged = bytes
        damaged[place] ^= 1 << bit
        try folder.write("journal.jsonl", damaged)
        let journal = try Journal<Record>(path: path)
        let ids = journal.records.map(\.id)
        // A flip of the line's end takes the next line along.
        #expect(
          ids == (place == middle.upperBound - 1 ? [1] : [1, 3]), "byte \(place), bit \(bit)")
        #expect(journal.note?.contains("journal.jsonl: dropped line 2") == true)
        #expect(try Journal<Record>(path: path).note == nil, "put in order by the first opening")
      }
    }
  }

  @Test func aLineWithoutChecksumAmongOthersIsDropped() throws {
    let text = try Record(id: 1).line + "{\"id\":2,\"text\":\"b\"}\n" + Record(id: 3).line
    try folder.write("journal.jsonl", text)
    #expect(try Journal<Record>(path: path).records.map(\.id) == [1, 3])
  }

  /// As earlier versions wrote it.
  @Test func aFileWithoutChecksumsGetsThem() throws {
    try folder.write("journal.jsonl", "{\"id\":1,\"text\":\"a\"}\n{\"id\":2,\"text\":\"b\"}\n")
    let journal = try Journal<Record>(path: path)
    #expect(journal.records.map(\.id) == [1, 2])
    #expect(journal.note == nil)
    #expect(
      try bytes() == Record(id: 1, text: "a").line + Record(id: 2, text: "b").line)
  }

  /// Another spelling is another hand's, and who edited one line may have edited others.
  @Test(arguments: [
    "{\"id\": 1, \"text\": \"a\"}", "{\"id\":1", "{\"id\":1}", "", "{\"id\":\"1\",\"text\":\"\"}",
    "{\"id\":1,\"text\":\"a\",\"chfck\":\"0123456789abcdef\"}",
  ])
  func aFileWithoutChecksumsIsTakenWholeOrNotAtAll(line: String) throws {
    let text = "{\"id\":1,\"text\":\"a\"}\n\(line)\n{\"id\":2,\"text\":\"b\"}\n"
    try folder.write("journal.jsonl", text)
    let journal = try Journal<Record>(path: path)
    #expect(journal.records.isEmpty)
    #expect(journal.note?.hasPrefix("\(path): dropped line 1, 2, 3") == true)
    #expect(try bytes().isEmpty)
  }

  @Test func impossibleRecordsAreDropped() throws {
    try folder.write("journal.jsonl", try Record(id: 1).line + Record(id: -2).line)
    let journal = try Journal<Record>(path: path) { $0.id < 0 ? "negative" : nil }
    #expect(journal.records.map(\.id) == [1])
  }

  @Test(arguments: [SIGKILL, SIGINT])
  func aKillLosesNothingThatWasAppended(number: Int32) async throws {
    // The child notes each record's number after its append, and is killed somewhere in between.
    let path = path
    await #expect(processExitsWith: .signal(number)) {
      [path = path as String, number = number as Int32] in
      let killer = Thread {
        usleep(50_000)
        kill(getpid(), number)
      }
      killer.start()
      let journal = try Journal<Record>(path: path)
      let appended = try Journal<Record>(path: path + ".appended")
      for id in 0..<100_000_000 {
        try journal.append(Record(id: id))
        try appended.append(Record(id: id))
      }
    }
    let reported = try Journal<Record>(path: path + ".appended").records
    let records = try Journal<Record>(path: path).records
    #expect(reported.count > 10)
    #expect(records.count >= reported.count)
    #expect(records.map(\.id) == Array(0..<records.count))
  }

  @Test func fullDiskKeepsWholeRecords() async throws {
    let path = path
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 1000, rlim_max: 1000)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      let journal = try Journal<Record>(path: path)
      let error = #expect(throws: FileError.self) {
        for id in 0..<100 { try journal.append(Record(id: id)) }
      }
      guard error?.description.hasPrefix(path) == true else { exit(1) }
    }
    let text = try bytes()
    #expect(text.utf8.count > 900 && text.hasSuffix("\n"))
    let journal = try Journal<Record>(path: path)
    #expect(journal.records.map(\.id) == Array(0..<journal.records.count))
  }

  @Test func fullDeviceIsCalledFull() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    try #require(descriptor >= 0)
    let journal = Journal<Record>(path: path, records: [], descriptor: descriptor, length: 0)
    let error = #expect(throws: FileError.self) { try journal.append(Record(id: 1)) }
    guard case .diskFull(path) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func recordThatIsNoJSONIsRefused() throws {
    let journal = try Journal<[String: Double]>(path: path)
    try journal.append(["a": 1])
    let error = #expect(throws: JournalError.self) { try journal.append(["a": .nan]) }
    #expect(error?.description.hasPrefix(path) == true)
    try journal.close()
    #expect(try Journal<[String: Double]>(path: path).records == [["a": 1]])
  }
}
