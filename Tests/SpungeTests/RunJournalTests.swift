import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

struct RunJournalTests {
  struct Record: Codable, Hashable {
    var id: Int
    var text = "täxt / \"quoted\""
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

  @Test(arguments: ["{\"id\":", "{\"id\":2,\"text\":\"b\"}", "\u{0}\u{0}", "x"])
  func tornLastLineIsCutOff(torn: String) throws {
    let whole = "{\"id\":1,\"text\":\"a\"}\n"
    try folder.write("journal.jsonl", whole + torn)
    let journal = try Journal<Record>(path: path)
    #expect(journal.records == [Record(id: 1, text: "a")])
    #expect(try bytes() == whole)
    try journal.append(Record(id: 3, text: "c"))
    #expect(try bytes() == whole + "{\"id\":3,\"text\":\"c\"}\n")
  }

  @Test(arguments: [
    ("{\"id\":1", "not a JSON object"), ("{\"id\":1}", "no 'text'"), ("", "not a JSON object"),
    ("{\"id\":\"1\",\"text\":\"\"}", "'id' has another type"),
  ])
  func damageInTheMiddleIsAnError(line: String, problem: String) throws {
    let text = "{\"id\":1,\"text\":\"a\"}\n\(line)\n{\"id\":2,\"text\":\"b\"}\n"
    try folder.write("journal.jsonl", text)
    let error = #expect(throws: JournalError.self) { try Journal<Record>(path: path) }
    let message = error?.description ?? ""
    #expect(message.hasPrefix("\(path):2:") && message.contains(problem), "\(message)")
    #expect(try bytes() == text, "a damaged journal is left as it is")
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
      let appended = try Journal<Int>(path: path + ".appended")
      for id in 0..<100_000_000 {
        try journal.append(Record(id: id))
        try appended.append(id)
      }
    }
    let reported = try Journal<Int>(path: path + ".appended").records
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
