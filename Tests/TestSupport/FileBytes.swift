/// Little-endian bytes of `value`.
package func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// A safetensors file: `header` with its length before it, then `data`.
package func safetensorsBytes(_ header: String, data: [UInt8] = []) -> [UInt8] {
  littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
}

/// Builds GGUF files field by field, also wrong ones.
package struct GGUFBuilder {
  /// One tensor; every field can be set to nonsense.
  package struct Tensor {
    package var name: String
    package var extents: [UInt64]
    package var type: UInt32
    package var offset: UInt64
    package var rank: UInt32?

    package init(
      _ name: String, _ extents: [UInt64], type: UInt32 = 0, offset: UInt64 = 0,
      rank: UInt32? = nil
    ) {
      self.name = name
      self.extents = extents
      self.type = type
      self.offset = offset
      self.rank = rank
    }
  }

  package var magic = Array("GGUF".utf8)
  package var version: UInt32 = 3
  package var tensorCount: UInt64?
  package var valueCount: UInt64?
  /// Key, value type and the value's bytes.
  package var values: [(key: String, type: UInt32, bytes: [UInt8])] = []
  package var tensors: [Tensor] = []
  package var data: [UInt8] = []
  package var alignment = 32

  package init() {}

  package static func string(_ text: String) -> [UInt8] {
    littleEndian(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  package mutating func add(_ key: String, _ text: String) {
    values.append((key, 8, Self.string(text)))
  }

  package mutating func add(_ key: String, _ number: UInt32) {
    values.append((key, 4, littleEndian(number)))
  }

  package mutating func add(_ key: String, _ number: Float) {
    values.append((key, 6, littleEndian(number.bitPattern)))
  }

  package mutating func add(_ key: String, _ texts: [String]) {
    let elements = texts.flatMap(Self.string)
    values.append((key, 9, littleEndian(UInt32(8)) + littleEndian(UInt64(texts.count)) + elements))
  }

  package mutating func add(_ key: String, _ numbers: [Int32]) {
    let elements = numbers.flatMap { littleEndian($0) }
    values.append(
      (key, 9, littleEndian(UInt32(5)) + littleEndian(UInt64(numbers.count)) + elements))
  }

  /// Appends a float32 tensor at the next aligned offset; `extents` fastest first.
  package mutating func add(_ name: String, _ extents: [UInt64], _ elements: [Float]) {
    data += [UInt8](repeating: 0, count: (alignment - data.count % alignment) % alignment)
    tensors.append(Tensor(name, extents, offset: UInt64(data.count)))
    data += elements.flatMap { littleEndian($0.bitPattern) }
  }

  /// The file.
  package var bytes: [UInt8] {
    var bytes = magic + littleEndian(version)
    bytes += littleEndian(tensorCount ?? UInt64(tensors.count))
    bytes += littleEndian(valueCount ?? UInt64(values.count))
    for value in values {
      bytes += Self.string(value.key) + littleEndian(value.type) + value.bytes
    }
    for tensor in tensors {
      bytes += Self.string(tensor.name)
      bytes += littleEndian(tensor.rank ?? UInt32(tensor.extents.count))
      bytes += tensor.extents.flatMap { littleEndian($0) }
      bytes += littleEndian(tensor.type) + littleEndian(tensor.offset)
    }
    bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    return bytes + data
  }
}
