import Formats

/// Metadata and tensor list of a GGUF file, validated against the file's length.
///
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
package struct GGUFHeader: Sendable {
  /// Maximum nesting of metadata arrays.
  package static let maximumDepth = 8
  /// Maximum number of dimensions in ggml.
  private static let maximumRank = 4

  /// One tensor and its byte range.
  package struct Entry: Sendable {
    package let name: String
    package let type: GGUFType
    /// Extents, slowest first (the file has them fastest first).
    package let shape: [Int]
    /// Byte range in the whole file.
    package let bytes: Range<Int>
  }

  package let version: UInt32
  /// Every metadata value by its key.
  package private(set) var metadata: [String: GGUFValue] = [:]
  /// Tensors in the order of the list in the file.
  package private(set) var entries: [Entry] = []

  /// Reads the header of the file `bytes`; `path` is for messages.
  package init(file bytes: UnsafeRawBufferPointer, path: String) throws(GGUFError) {
    guard bytes.count >= 4, bytes.prefix(4).elementsEqual("GGUF".utf8) else {
      throw .notGGUF(path: path)
    }
    var cursor = GGUFCursor(bytes, path: path, position: 4)
    version = try cursor.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      throw .unsupportedVersion(path: path, version: version)
    }
    // A tensor takes at least a name length, a rank, a type and an offset; a value a key length and a type.
    let tensorCount = try cursor.count(of: "the number of tensors", minimumByteCount: 24)
    let valueCount = try cursor.count(of: "the number of metadata values", minimumByteCount: 12)
    for _ in 0..<valueCount {
      let key = try cursor.string("a metadata key")
      let type = try cursor.integer(UInt32.self, "the type of '\(key.shown())'")
      let value = try Self.value(
        type, of: key, "metadata '\(key.shown())'", &cursor, depth: 0)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw .duplicateKey(path: path, key: key)
      }
    }
    let alignment = try alignment(path)
    var infos: [Info] = []
    var names = Set<String>()
    for _ in 0..<tensorCount {
      let info = try Self.info(&cursor)
      guard names.insert(info.name).inserted else {
        throw .duplicateTensor(path: path, tensor: info.name)
      }
      infos.append(info)
    }
    let (padded, overflow) = cursor.position.addingReportingOverflow(alignment - 1)
    let dataStart = overflow ? Int.max : padded / alignment * alignment
    for info in infos {
      let entry = try Self.entry(
        info, dataStart: dataStart, alignment: alignment, fileCount: bytes.count, path: path)
      entries.append(entry)
    }
    try requireDisjoint(path)
  }

  /// - Parameter what: name of the value in errors, made once per array.
  private static func value(
    _ type: UInt32, of key: String, _ what: String, _ cursor: inout GGUFCursor, depth: Int
  ) throws(GGUFError) -> GGUFValue {
    guard let type = GGUFValueType(rawValue: type) else {
      throw .unknownValueType(path: cursor.path, key: key, type: type)
    }
    switch type {
    case .uint8: return .unsigned(UInt64(try cursor.integer(UInt8.self, what)))
    case .uint16: return .unsigned(UInt64(try cursor.integer(UInt16.self, what)))
    case .uint32: return .unsigned(UInt64(try cursor.integer(UInt32.self, what)))
    case .uint64: return .unsigned(try cursor.integer(UInt64.self, what))
    case .int8: return .signed(Int64(try cursor.integer(Int8.self, what)))
    case .int16: return .signed(Int64(try cursor.integer(Int16.self, what)))
    case .int32: return .signed(Int64(try cursor.integer(Int32.self, what)))
    case .int64: return .signed(try cursor.integer(Int64.self, what))
    case .float32:
      return .float(Double(Float(bitPattern: try cursor.integer(UInt32.self, what))))
    case .float64: return .float(Double(bitPattern: try cursor.integer(UInt64.self, what)))
    case .bool: return .bool(try cursor.integer(UInt8.self, what) != 0)
    case .string: return .string(try cursor.string(what))
    case .array:
      guard depth < maximumDepth else { throw .nestedTooDeep(path: cursor.path, key: key) }
      let element = try cursor.integer(UInt32.self, what)
      guard let known = GGUFValueType(rawValue: element) else {
        throw .unknownValueType(path: cursor.path, key: key, type: element)
      }
      let count = try cursor.elementCount(of: what, minimumByteCount: known.minimumByteCount)
      var values: [GGUFValue] = []
      values.reserveCapacity(count)
      for _ in 0..<count {
        values.append(try value(element, of: key, what, &cursor, depth: depth + 1))
      }
      return .array(values)
    }
  }

  private func alignment(_ path: String) throws(GGUFError) -> Int {
    guard let value = metadata["general.alignment"] else { return 32 }
    guard let alignment = value.integer, alignment > 0, alignment & (alignment - 1) == 0,
      alignment <= 1 << 30
    else {
      throw .invalidMetadata(
        path: path, key: "general.alignment", reason: "must be a power of two")
    }
    return alignment
  }

  private struct Info {
    let name: String
    let extents: [UInt64]
    let type: UInt32
    let offset: UInt64
  }

  private static func info(_ cursor: inout GGUFCursor) throws(GGUFError) -> Info {
    let name = try cursor.string("a tensor name")
    let rank = try cursor.integer(UInt32.self, "the rank of '\(name.shown())'")
    guard (1...UInt32(maximumRank)).contains(rank) else {
      throw .invalidShape(
        path: cursor.path, tensor: name,
        reason: "\(rank) dimensions where there should be 1 to \(maximumRank)")
    }
    var extents: [UInt64] = []
    for _ in 0..<rank {
      extents.append(try cursor.integer(UInt64.self, "the shape of '\(name.shown())'"))
    }
    let type = try cursor.integer(UInt32.self, "the type of '\(name.shown())'")
    let offset = try cursor.integer(UInt64.self, "the offset of '\(name.shown())'")
    return Info(name: name, extents: extents, type: type, offset: offset)
  }

  private static func entry(
    _ info: Info, dataStart: Int, alignment: Int, fileCount: Int, path: String
  ) throws(GGUFError) -> Entry {
    guard let type = GGUFType.named(info.type) else {
      throw .unknownTensorType(path: path, tensor: info.name, type: info.type)
    }
    var shape: [Int] = []
    var count = 1
    for extent in info.extents.reversed() {
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(exactly: extent) ?? -1)
      guard !overflow, product > 0, let extent = Int(exactly: extent) else {
        throw .invalidShape(
          path: path, tensor: info.name, reason: "the shape \(info.extents) is empty or too large")
      }
      count = product
      shape.append(extent)
    }
    let rowCount = shape[shape.count - 1]
    guard rowCount % type.blockCount == 0 else {
      throw .invalidShape(
        path: path, tensor: info.name,
        reason: "rows of \(rowCount) elements are not whole blocks of \(type.blockCount)")
    }
    let (byteCount, overflow) = (count / type.blockCount)
      .multipliedReportingOverflow(by: type.blockBytes)
    guard !overflow else {
      throw .invalidShape(path: path, tensor: info.name, reason: "the shape \(shape) is too large")
    }
    guard info.offset % UInt64(alignment) == 0 else {
      throw .misaligned(path: path, tensor: info.name, offset: info.offset, alignment: alignment)
    }
    guard dataStart <= fileCount, byteCount <= fileCount - dataStart,
      info.offset <= UInt64(fileCount - dataStart - byteCount)
    else {
      throw .outOfBounds(path: path, tensor: info.name, offset: info.offset, byteCount: byteCount)
    }
    let begin = dataStart + Int(info.offset)
    return Entry(name: info.name, type: type, shape: shape, bytes: begin..<begin + byteCount)
  }

  private func requireDisjoint(_ path: String) throws(GGUFError) {
    let sorted = entries.sorted { $0.bytes.lowerBound < $1.bytes.lowerBound }
    for (entry, next) in zip(sorted, sorted.dropFirst())
    where entry.bytes.upperBound > next.bytes.lowerBound {
      throw .overlap(path: path, tensor: next.name, other: entry.name)
    }
  }
}
