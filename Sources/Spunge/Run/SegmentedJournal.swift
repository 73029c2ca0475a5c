import Formats
import Foundation

/// Records that several processes can add to at once: each appends to its own segment, `<folder>/<number>`, and reads
/// all segments when it starts.
final class SegmentedJournal<Record: Codable & Equatable> {
  private let journal: Journal<Record>
  private let lock: FileLock
  /// All records, this process's segment first.
  private(set) var records: [Record]

  /// How to identify and check records.
  struct Reading {
    /// Records with the same key must be equal, or both are dropped; nil for records that may differ.
    let key: (Record) -> String?
    /// Returns why a record is impossible even if its checksum is right.
    let fault: (Record) -> String?
  }

  /// - Parameters:
  ///   - name: name of the file in each segment.
  ///   - progress: receives notes about dropped records.
  /// - Throws: `FileError`.
  init(folder: String, name: String, reading: Reading, progress: any ProgressSink) throws {
    try WholeFile.makeFolder(folder)
    let segment = try Self.freeSegment(folder)
    lock = segment.lock
    let path = "\(segment.folder)/\(name)"
    var own = try Journal<Record>(path: path, fault: reading.fault)
    own.note.map(progress.note)
    var others: [(path: String, records: [Record])] = []
    for other in try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    where "\(folder)/\(other)" != segment.folder {
      let file = "\(folder)/\(other)/\(name)"
      others.append((file, try Self.read(file, reading, progress)))
    }
    let conflicts = Self.conflicts(own.records + others.flatMap(\.records), reading.key)
    if !conflicts.isEmpty {
      progress.note(
        "\(folder.shown()): \(conflicts.count) responses are cached twice and differ; both are dropped and "
          + "their questions are asked again")
      let isKept = { (record: Record) in reading.key(record).map { !conflicts.contains($0) } ?? true
      }
      try own.close()
      try Journal.write(own.records.filter(isKept), to: path)
      own = try Journal<Record>(path: path, fault: reading.fault)
      for (place, other) in others.enumerated() {
        others[place].records = other.records.filter(isKept)
        try Self.rewrite(other.path, reading, where: isKept)
      }
    }
    journal = own
    records = own.records + others.flatMap(\.records)
  }

  /// Hands over the records read at the start.
  func takeRecords() -> [Record] {
    defer { records = [] }
    return records
  }

  /// The records of another process's segment; a segment without a writer is repaired.
  private static func read(
    _ path: String, _ reading: Reading, _ progress: any ProgressSink
  ) throws -> [Record] {
    let content = try Journal<Record>.content(path, fault: reading.fault)
    content.note(path).map(progress.note)
    if content.needsWriting { try rewrite(path, reading) { _ in true } }
    return content.records
  }

  /// Rewrites a segment with the valid records that satisfy `isKept`, unless a process is writing to it.
  private static func rewrite(
    _ path: String, _ reading: Reading, where isKept: (Record) -> Bool
  ) throws {
    let folder = (path as NSString).deletingLastPathComponent
    guard let lock = try? FileLock(folder: folder) else { return }
    try withExtendedLifetime(lock) {
      let content = try Journal<Record>.content(path, fault: reading.fault)
      try Journal.write(content.records.filter(isKept), to: path)
    }
  }

  /// Keys under which records differ.
  private static func conflicts(_ records: [Record], _ key: (Record) -> String?) -> Set<String> {
    var known: [String: Record] = [:]
    var conflicts: Set<String> = []
    for record in records {
      guard let key = key(record) else { continue }
      if let other = known[key], other != record {
        conflicts.insert(key)
      } else {
        known[key] = record
      }
    }
    return conflicts
  }

  /// The first segment that no other process writes to.
  private static func freeSegment(_ folder: String) throws -> (folder: String, lock: FileLock) {
    var number = 0
    while true {
      let segment = "\(folder)/\(number)"
      try WholeFile.makeFolder(segment)
      do {
        return (segment, try FileLock(folder: segment))
      } catch is LockError {
        number += 1
      }
    }
  }

  func append(_ record: Record) throws { try journal.append(record) }

  func flush() throws { try journal.flush() }
}
