import Formats

/// The JSON header of a safetensors file, validated against the file's length.
///
/// Format: 8 bytes little-endian header length, the header, the data. The header maps each tensor name to
/// `dtype`, `shape` and `data_offsets` (from the end of the header); the tensors cover the data exactly once.
/// https://github.com/huggingface/safetensors
package struct SafetensorsHeader: Sendable {
  /// Largest header the format allows, in bytes.
  package static let maximumByteCount = 100_000_000
  /// Largest number of dimensions read; no framework makes more.
  package static let maximumRank = 64

  /// One tensor and where its bytes lie.
  package struct Entry: Sendable {
    package let name: String
    package let dtype: DType
    package let shape: [Int]
    /// Byte range in the whole file.
    package let bytes: Range<Int>
  }

  /// The `__metadata__` of the file.
  package private(set) var metadata: [String: String] = [:]
  /// Tensors in the order of their bytes.
  package private(set) var entries: [Entry] = []

  /// Reads the header of the file `bytes`; `path` is for messages.
  package init(file bytes: UnsafeRawBufferPointer, path: String) throws(SafetensorsError) {
    guard bytes.count >= 8 else { throw .tooShort(path: path, byteCount: bytes.count) }
    let claimed = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard claimed <= Self.maximumByteCount else {
      throw .headerTooLarge(path: path, byteCount: claimed)
    }
    let dataStart = 8 + Int(claimed)
    guard dataStart <= bytes.count else {
      throw .headerTruncated(path: path, byteCount: claimed, available: bytes.count - 8)
    }
    let json: Value
    do {
      json = try JSON.parse(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), .strict)
    } catch {
      throw .invalidHeader(path: path, error)
    }
    guard let object = json.mapping else {
      throw .invalidHeader(
        path: path, JSONFault(offset: 0, problem: "the header is not an object"))
    }
    var names = Set<String>()
    for name in object.names {
      if name == "__metadata__" {
        metadata = try Self.metadata(object[name], path: path)
      } else {
        // The JSON reader compares bytes, while dictionaries of names take equivalent text for equal.
        guard names.insert(name).inserted else {
          throw .invalidHeader(path: path, .duplicateKey(name, offset: 0))
        }
        entries.append(
          try Self.entry(
            name, object[name], dataStart: dataStart, fileCount: bytes.count, path: path))
      }
    }
    entries.sort { first, second in
      (first.bytes.lowerBound, first.bytes.upperBound, first.name)
        < (second.bytes.lowerBound, second.bytes.upperBound, second.name)
    }
    try requireExactCover(from: dataStart, to: bytes.count, path: path)
  }

  private static func metadata(
    _ value: Value?, path: String
  ) throws(SafetensorsError) -> [String: String] {
    guard let object = value?.mapping else {
      throw .invalidMetadata(path: path, key: "__metadata__")
    }
    var result: [String: String] = [:]
    for key in object.names {
      guard let text = object[key]?.string else { throw .invalidMetadata(path: path, key: key) }
      result[key] = text
    }
    return result
  }

  private static func entry(
    _ name: String, _ value: Value?, dataStart: Int, fileCount: Int, path: String
  ) throws(SafetensorsError) -> Entry {
    func invalid(_ reason: String) -> SafetensorsError {
      .invalidEntry(path: path, tensor: name, reason: reason)
    }
    guard let object = value?.mapping else { throw invalid("its description is not an object") }
    guard let typeName = object["dtype"]?.string else { throw invalid("'dtype' is missing") }
    guard let dtype = DType(rawValue: typeName) else {
      throw .unknownType(path: path, tensor: name, type: typeName)
    }
    guard let extents = object["shape"]?.list else { throw invalid("'shape' is missing") }
    guard extents.count <= maximumRank else {
      throw invalid("\(extents.count) dimensions, more than \(maximumRank)")
    }
    var shape: [Int] = []
    for extent in extents {
      guard let extent = extent.integer, extent >= 0 else {
        throw invalid("'shape' must hold whole numbers from 0 on")
      }
      shape.append(extent)
    }
    guard let offsets = object["data_offsets"]?.list, offsets.count == 2,
      let begin = offsets[0].integer, let end = offsets[1].integer, begin >= 0, begin <= end
    else { throw invalid("'data_offsets' must be two whole numbers, begin ≤ end") }
    guard end <= fileCount - dataStart else {
      throw .outOfBounds(
        path: path, tensor: name, range: begin..<end, dataCount: fileCount - dataStart)
    }
    guard byteCount(shape, dtype) == end - begin else {
      throw .sizeMismatch(
        path: path, tensor: name, shape: shape, type: typeName, byteCount: end - begin)
    }
    return Entry(
      name: name, dtype: dtype, shape: shape, bytes: dataStart + begin..<dataStart + end)
  }

  /// Bytes of a tensor; nil when it overflows or does not end on a byte.
  private static func byteCount(_ shape: [Int], _ dtype: DType) -> Int? {
    var bits = dtype.bitWidth
    for extent in shape {
      let (product, overflow) = bits.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      bits = product
    }
    return bits % 8 == 0 ? bits / 8 : nil
  }

  private func requireExactCover(
    from start: Int, to end: Int, path: String
  ) throws(SafetensorsError) {
    var position = start
    var previous = ""
    for entry in entries {
      if entry.bytes.lowerBound < position {
        throw .overlap(path: path, tensor: entry.name, other: previous)
      }
      if entry.bytes.lowerBound > position {
        throw .hole(
          path: path, at: position - start, byteCount: entry.bytes.lowerBound - position)
      }
      position = entry.bytes.upperBound
      previous = entry.name
    }
    if position != end {
      throw .hole(path: path, at: position - start, byteCount: end - position)
    }
  }
}
