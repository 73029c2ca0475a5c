import Foundation

/// The bytes of a file from some place on, as many as have been asked for.
///
/// Whoever reads rows looks at `bytes`, drops what is done with and asks for more, so that a file larger
/// than the memory can be read.
package struct ForeignBytes {
  /// What has been read and not been dropped.
  package private(set) var bytes: [UInt8] = []
  /// Whether the file ends with `bytes`.
  package private(set) var isComplete = false
  /// Bytes of the file in front of `bytes`.
  package private(set) var droppedCount = 0
  private let file: ForeignFile?
  /// The most bytes that are held at once.
  private var limit: Int
  private static let blockSize = 1 << 22

  /// - Parameters:
  ///   - path: a file, or `-` for standard input.
  ///   - limit: the most bytes that are held at once: of a row, or of the whole.
  package init(path: String, limit: Int) throws(ForeignFileFault) {
    file = path == "-" ? ForeignFile() : try ForeignFile(path: path)
    self.limit = limit
  }

  /// Bytes that are there already.
  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    file = nil
    limit = bytes.count
    isComplete = true
  }

  /// All of a file.
  ///
  /// - Parameter limit: a larger file is refused.
  package static func whole(path: String, limit: Int) throws(ForeignFileFault) -> [UInt8] {
    var bytes = try ForeignBytes(path: path, limit: limit)
    try bytes.readAll()
    return bytes.bytes
  }

  /// Reads to the end.
  ///
  /// - Parameter limit: the most bytes that the whole may have; by default, that of a row.
  package mutating func readAll(limit: Int? = nil) throws(ForeignFileFault) {
    self.limit = limit ?? self.limit
    let limit = self.limit
    if let size = file?.byteCount {
      guard size <= limit else { throw tooLarge }
      bytes.reserveCapacity(size + 1)
    }
    while !isComplete { try readOn(Self.blockSize) }
  }

  /// Drops the first `count` bytes and reads on, twice as far each time nothing could be dropped.
  package mutating func advance(dropping count: Int) throws(ForeignFileFault) {
    bytes.removeSubrange(..<count)
    droppedCount += count
    try readOn(max(Self.blockSize, bytes.count))
  }

  private mutating func readOn(_ count: Int) throws(ForeignFileFault) {
    guard let file else { return }
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
    defer { scratch.deallocate() }
    guard bytes.count < limit else {
      isComplete = try file.read(into: scratch) == 0
      if !isComplete { throw tooLarge }
      return
    }
    let wanted = min(limit, bytes.count + count)
    while bytes.count < wanted {
      let room = UnsafeMutableRawBufferPointer(rebasing: scratch.prefix(wanted - bytes.count))
      let count = try file.read(into: room)
      if count == 0 {
        isComplete = true
        return
      }
      bytes.append(contentsOf: room.prefix(count))
    }
  }

  private var tooLarge: ForeignFileFault {
    ForeignFileFault(
      droppedCount == 0
        ? "its rows, or the whole, are longer than \(limit >> 20) MiB; split it"
        : "a row from byte \(droppedCount) on is longer than \(limit >> 20) MiB")
  }

  /// Drops the mark with which some editors begin UTF-8.
  ///
  /// - Throws: for the marks of other encodings.
  package mutating func dropByteOrderMark() throws(ForeignFileFault) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      bytes.removeFirst(3)
      droppedCount += 3
    } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      throw ForeignFileFault(
        "it is UTF-16 or UTF-32, by its first bytes; make it UTF-8, for example with "
          + "iconv -f utf-16 -t utf-8")
    }
  }
}
