/// A memory-mapped GGUF file: its metadata and its tensors under their own names.
package struct GGUFFile: Sendable {
  private let file: MappedFile
  /// Every metadata value by its key.
  package let metadata: [String: GGUFValue]
  /// Tensors in the order of the file's list.
  package let entries: [GGUFHeader.Entry]

  /// Path of the file.
  package var path: String { file.path }

  /// Maps and validates the file at `path`.
  ///
  /// - Throws: `FileError` or `GGUFError`.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    let header = try file.reading { try GGUFHeader(file: $0, path: path) }
    metadata = header.metadata
    entries = header.entries
  }

  /// Widens whole rows (runs of the fastest dimension) of `entry`.
  ///
  /// - Parameters:
  ///   - first: the first row.
  ///   - destination: receives whole rows.
  func read(
    _ entry: GGUFHeader.Entry, firstRow first: Int,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard let format = entry.type.format else {
      throw GGUFError.unsupportedTensorType(path: path, tensor: entry.name, type: entry.type.name)
    }
    let rowBytes =
      entry.shape[entry.shape.count - 1] / entry.type.blockCount * entry.type.blockBytes
    let begin = entry.bytes.lowerBound + first * rowBytes
    let byteCount = destination.count / entry.type.blockCount * entry.type.blockBytes
    precondition(
      begin + byteCount <= entry.bytes.upperBound,
      "row \(first) and \(destination.count) elements of '\(entry.name)' with shape \(entry.shape)")
    guard byteCount > 0 else { return }
    try file.reading { bytes in
      guard let base = bytes.baseAddress else { return }
      BlockDequantization.widen(base + begin, format, into: destination)
    }
    file.release(begin..<begin + byteCount)
  }

  /// Releases the memory of `entry` after it was read in small pieces.
  func release(_ entry: GGUFHeader.Entry) { file.release(entry.bytes) }
}
