/// A memory-mapped safetensors file.
package struct SafetensorsFile: Checkpoint {
  private let file: MappedFile
  private let entries: [String: SafetensorsHeader.Entry]
  private let descriptions: [String: TensorDescription]
  package let tensors: [TensorDescription]
  /// The `__metadata__` of the file.
  package let metadata: [String: String]

  /// Path of the file.
  package var path: String { file.path }

  /// Maps and validates the file at `path`.
  ///
  /// - Throws: `FileError` or `SafetensorsError`.
  package init(path: String) throws {
    file = try MappedFile(path: path)
    let header = try file.reading { try SafetensorsHeader(file: $0, path: path) }
    metadata = header.metadata
    tensors = header.entries.map { entry in
      TensorDescription(
        name: entry.name, shape: entry.shape, storedType: entry.dtype.rawValue,
        byteCount: entry.bytes.count)
    }
    entries = Dictionary(uniqueKeysWithValues: header.entries.map { ($0.name, $0) })
    descriptions = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  package func description(of name: String) -> TensorDescription? { descriptions[name] }

  package func file(of name: String) -> String? { entries[name] == nil ? nil : path }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let entry = entries[name] else { throw CheckpointError.missingTensor(name) }
    guard TensorDescription.readableTypes.contains(entry.dtype.rawValue) else {
      throw SafetensorsError.notFloat(path: path, tensor: name, type: entry.dtype.rawValue)
    }
    let rowBytes = description.columns * entry.dtype.bitWidth / 8
    let begin = entry.bytes.lowerBound + rows.lowerBound * rowBytes
    let range = begin..<begin + rows.count * rowBytes
    // An empty tensor may lie at the very end, or in a file without data.
    guard !range.isEmpty else { return }
    try file.reading { bytes in
      guard let base = bytes.baseAddress else { return }
      _ = FloatConversion.widen(base + begin, entry.dtype, into: destination)
    }
    file.release(range)
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard let entry = entries[name], entry.dtype.rawValue == format.rawValue else { return false }
    let pieceBytes = 1 << 24
    for first in stride(from: entry.bytes.lowerBound, to: entry.bytes.upperBound, by: pieceBytes) {
      let range = first..<min(first + pieceBytes, entry.bytes.upperBound)
      try file.reading { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
      file.release(range)
    }
    return true
  }
}
