import Formats
import Foundation

/// Records that several processes add to at once: each appends to a segment of its own, `<folder>/<number>`,
/// and reads all of them when it starts.
final class SegmentedJournal<Record: Codable & Equatable> {
  private let journal: Journal<Record>
  private let lock: FileLock
  /// Everything that is there, this process's segment first.
  private(set) var records: [Record]

  /// What a record is about and whether it can be right.
  struct Reading {
    /// Two records with one key must be equal, or both are dropped; nil for records that may differ.
    let key: (Record) -> String?
    /// Says why a record cannot be right, whatever its checksum.
    let fault: (Record) -> String?
  }

  /// - Parameters:
  ///   - name: name of the file in each segment.
  ///   - progress: is told what was dropped.
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
        "\(folder.shown()): \(conflicts.count) answers are there twice and differ; both are dropped, and "
          + "what they answered is done again")
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

  /// Gives the records away that were there at the start.
  func takeRecords() -> [Record] {
    defer { records = [] }
    return records
  }

  /// The records of another process's segment; one that nobody writes to any more is put in order.
  private static func read(
    _ path: String, _ reading: Reading, _ progress: any ProgressSink
  ) throws -> [Record] {
    let content = try Journal<Record>.content(path, fault: reading.fault)
    content.note(path).map(progress.note)
    if content.needsWriting { try rewrite(path, reading) { _ in true } }
    return content.records
  }

  /// Leaves the sound records of a segment for which `isKept` holds, unless its process is at work.
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
