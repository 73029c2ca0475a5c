import Crypto
import Formats
package import Foundation
package import Tensors

/// SHA-256 digests of files and folders, cached between runs.
///
/// A file is read again only if its size, modification or change time, inode or device differs from last time, so a
/// second start on a large model is instant. A replaced file of the same size and modification time is still detected,
/// because the change time (ctime) cannot be set.
package final class FileDigests {
  private struct Entry: Codable, Equatable {
    var bytes: Int
    /// Modification time of the content, nanoseconds since 1970.
    var modified: Int
    /// Change time of content or attributes, nanoseconds since 1970.
    var changed: Int
    var device: UInt64
    var inode: UInt64
    var sha256: String
  }

  /// The file format.
  private struct Record: Codable {
    var files: [String: Entry]
    /// Checksum of `files`.
    var check: String
  }

  private let cachePath: String?
  private let now: () -> Date
  private var entries: [String: Entry] = [:]
  /// Files read in full since the start.
  package private(set) var filesRead = 0

  static let fileName = "digests.json"

  /// - Parameters:
  ///   - work: the work folder with the cached digests; nil for no cache.
  ///   - progress: receives notes about damaged digests.
  package init(
    work: String?, progress: any ProgressSink = SilentProgress(),
    now: @escaping () -> Date = { Date() }
  ) {
    self.now = now
    cachePath = work.map { "\($0)/\(Self.fileName)" }
    guard let cachePath else { return }
    Leftovers.remove(of: cachePath)
    // An unreadable cache only costs time.
    guard let data = try? Data(contentsOf: URL(filePath: cachePath)) else { return }
    if let record = try? JSON.decode(Record.self, from: data),
      record.check == Self.check(record.files)
    {
      entries = record.files
    } else {
      progress.note(
        "\(cachePath.shown()): damaged or of an earlier version; the files are read again")
      try? FileManager.default.removeItem(atPath: cachePath)
    }
  }

  private static func check(_ entries: [String: Entry]) -> String {
    Checksum.text(of: (try? JSON.encoder().encode(entries)) ?? Data())
  }

  /// Digest of the file or folder at `path`, 64 hexadecimal digits.
  ///
  /// A folder's digest covers the names and contents of all files below it.
  package func digest(of path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw FileError.system(path: path, action: "read", code: ENOENT)
    }
    let before = entries
    let result = isFolder.boolValue ? try folderDigest(path) : try fileDigest(path)
    // So does one that cannot be written, for example beside a read-only model.
    if entries != before { try? save() }
    return result
  }

  private func folderDigest(_ path: String) throws -> String {
    var hash = SHA256()
    let names = try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
    for name in names {
      var isFolder: ObjCBool = false
      let file = "\(path)/\(name)"
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      hash.update(data: Array(name.utf8) + [0xff])
      hash.update(data: Array(try fileDigest(file).utf8))
    }
    return hash.finalize().hexadecimal
  }

  private func fileDigest(_ path: String) throws(FileError) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path: path, action: "open", code: errno) }
    defer { close(descriptor) }
    var entry = try Self.state(of: descriptor, path: path)
    let key = URL(filePath: path).standardizedFileURL.path
    if let known = entries[key] {
      entry.sha256 = known.sha256
      if known == entry { return known.sha256 }
    }
    entry.sha256 = try Self.hash(descriptor, path: path)
    filesRead += 1
    var after = try Self.state(of: descriptor, path: path)
    after.sha256 = entry.sha256
    guard after == entry else {
      throw .changed(path: path, from: entry.bytes, to: after.bytes)
    }
    // A file that changed just now could change again within the clock's resolution.
    let age = now().timeIntervalSince1970 - Double(entry.changed) / 1e9
    entries[key] = age > 2 ? entry : nil
    return entry.sha256
  }

  private static func state(of descriptor: Int32, path: String) throws(FileError) -> Entry {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw .system(path: path, action: "inspect", code: errno)
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile(path: path) }
    return Entry(
      bytes: Int(status.st_size), modified: nanoseconds(status.st_mtim),
      changed: nanoseconds(status.st_ctim), device: UInt64(status.st_dev),
      inode: UInt64(status.st_ino), sha256: "")
  }

  private static func nanoseconds(_ time: timespec) -> Int {
    time.tv_sec &* 1_000_000_000 &+ time.tv_nsec
  }

  /// Digest of the file at `path`, read in full.
  package static func sha256(of path: String) throws(FileError) -> String {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(path: path, action: "open", code: errno) }
    defer { close(descriptor) }
    _ = try state(of: descriptor, path: path)
    return try hash(descriptor, path: path)
  }

  private static func hash(_ descriptor: Int32, path: String) throws(FileError) -> String {
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return hash.finalize().hexadecimal }
      if count < 0 {
        if errno == EINTR { continue }
        throw .system(path: path, action: "read", code: errno)
      }
      buffer.withUnsafeBytes {
        hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0.prefix(count)))
      }
    }
  }

  private func save() throws {
    guard let cachePath else { return }
    let record = Record(files: entries, check: Self.check(entries))
    try WholeFile.write(JSON.text(record, pretty: false), to: cachePath)
  }
}
