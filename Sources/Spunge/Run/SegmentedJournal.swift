import Foundation

/// Records that several processes add to at once: each appends to a segment of its own, `<folder>/<number>`,
/// and reads all of them when it starts.
final class SegmentedJournal<Record: Codable> {
  private let journal: Journal<Record>
  private let lock: FileLock

  /// - Parameters:
  ///   - name: name of the file in each segment.
  ///   - read: receives what is there, this process's segment first.
  /// - Throws: `JournalError` for a damaged file, `FileError`.
  init(folder: String, name: String, read: (Record) -> Void) throws {
    try WholeFile.makeFolder(folder)
    let segment = try Self.freeSegment(folder)
    lock = segment.lock
    journal = try Journal<Record>(path: "\(segment.folder)/\(name)")
    journal.records.forEach(read)
    for other in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      let path = "\(folder)/\(other)"
      if path != segment.folder { try Journal<Record>.read("\(path)/\(name)").forEach(read) }
    }
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
