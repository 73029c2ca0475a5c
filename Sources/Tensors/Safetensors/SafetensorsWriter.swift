import Foundation

/// Writes tensors as safetensors, laid out as the reference implementation lays them out.
///
/// Tensors are sorted by alignment (widest first), then by name; the header is padded with spaces so that
/// the data begins at a multiple of 8. Rows stream through a small buffer.
package enum SafetensorsWriter {
  /// Elements converted at a time.
  private static let chunkElements = 1 << 20

  /// One tensor as it will be written.
  struct Item {
    let description: TensorDescription
    let format: FloatFormat
    var byteCount: Int { description.count * format.byteCount }
  }

  /// Writes every tensor of `checkpoint` to one new file at `path`, replacing a file of that name.
  ///
  /// - Parameters:
  ///   - metadata: the `__metadata__`; transformers wants `format` to be `pt`.
  ///   - format: the format of each tensor.
  /// - Throws: `FileError` (disk full, …), `SafetensorsError.doesNotFit`, or what reading throws; then no
  ///   file is left behind.
  package static func write(
    _ checkpoint: any Checkpoint, to path: String, metadata: [String: String] = ["format": "pt"],
    format: (TensorDescription) -> FloatFormat
  ) throws {
    try write(checkpoint, to: AtomicFile(path: path), metadata: metadata, format: format)
  }

  /// Writes every tensor of `checkpoint` to `file` and commits it.
  package static func write(
    _ checkpoint: any Checkpoint, to file: AtomicFile,
    metadata: [String: String] = ["format": "pt"],
    format: (TensorDescription) -> FloatFormat
  ) throws {
    try write(items(of: checkpoint, format), of: checkpoint, to: file, metadata: metadata)
  }

  /// Writes `model.safetensors` into `folder`, or several shards and their index when it would be larger
  /// than `maximumShardBytes`.
  ///
  /// A tensor larger than the limit gets a shard of its own. The folder should be a temporary one: only
  /// each file by itself appears at once.
  package static func write(
    _ checkpoint: any Checkpoint, toFolder folder: String, maximumShardBytes: Int,
    metadata: [String: String] = ["format": "pt"], format: (TensorDescription) -> FloatFormat
  ) throws {
    let shards = shards(items(of: checkpoint, format), maximumShardBytes)
    guard shards.count > 1 else {
      let file = try AtomicFile(path: "\(folder)/model.safetensors")
      return try write(shards.first ?? [], of: checkpoint, to: file, metadata: metadata)
    }
    var homes: [(name: String, file: String)] = []
    for (index, items) in shards.enumerated() {
      let name = "model-\(padded(index + 1))-of-\(padded(shards.count)).safetensors"
      let file = try AtomicFile(path: "\(folder)/\(name)")
      try write(items, of: checkpoint, to: file, metadata: metadata)
      homes += items.map { ($0.description.name, name) }
    }
    var weightMap = JSONObject()
    for home in homes.sorted(by: { $0.name < $1.name }) {
      weightMap[home.name] = .string(home.file)
    }
    let totalSize = shards.joined().reduce(0) { $0 + $1.byteCount }
    let index = JSONValue.object([
      "metadata": .object(["total_size": .integer(totalSize)]), "weight_map": .object(weightMap),
    ])
    let file = try AtomicFile(path: "\(folder)/model.safetensors.index.json")
    try file.write(index.indentedText + "\n")
    try file.commit()
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }

  private static func items(
    of checkpoint: any Checkpoint, _ format: (TensorDescription) -> FloatFormat
  ) -> [Item] {
    checkpoint.tensors.map { Item(description: $0, format: format($0)) }
  }

  /// Fills shards in the checkpoint's order.
  private static func shards(_ items: [Item], _ maximumBytes: Int) -> [[Item]] {
    var shards: [[Item]] = []
    var room = 0
    for item in items {
      if shards.isEmpty || item.byteCount > room {
        shards.append([])
        room = maximumBytes
      }
      shards[shards.count - 1].append(item)
      room -= item.byteCount
    }
    return shards
  }

  private static func write(
    _ items: [Item], of checkpoint: any Checkpoint, to file: AtomicFile, metadata: [String: String]
  ) throws {
    let sorted = items.sorted { first, second in
      let (width, otherWidth) = (first.format.byteCount, second.format.byteCount)
      if width != otherWidth { return width > otherWidth }
      // Among the 16-bit formats the reference writer puts BF16 before F16.
      if first.format != second.format { return first.format == .bfloat16 }
      return Array(first.description.name.utf8).lexicographicallyPrecedes(
        Array(second.description.name.utf8))
    }
    try headerPrefix(sorted, metadata).withUnsafeBytes { try file.write($0) }
    let buffer = Tensor([chunkElements])
    for item in sorted { try write(item, of: checkpoint, to: file, buffer) }
    try file.commit()
  }

  /// The length of the header and the padded header.
  private static func headerPrefix(_ items: [Item], _ metadata: [String: String]) -> [UInt8] {
    var header = JSONObject()
    if !metadata.isEmpty {
      var object = JSONObject()
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
      header["__metadata__"] = .object(object)
    }
    var offset = 0
    for item in items {
      header[item.description.name] = .object([
        "dtype": .string(item.format.rawValue),
        "shape": .array(item.description.shape.map { .integer($0) }),
        "data_offsets": .array([.integer(offset), .integer(offset + item.byteCount)]),
      ])
      offset += item.byteCount
    }
    var text = Array(JSONValue.object(header).compactText.utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return length + text
  }

  private static func write(
    _ item: Item, of checkpoint: any Checkpoint, to file: AtomicFile, _ buffer: Tensor
  ) throws {
    let (description, rows) = (item.description, item.description.rows)
    let columns = description.columns
    guard description.count > 0 else { return }
    // A row longer than the buffer is rare (a rank-1 tensor has one column), so it just gets its own.
    let buffer = columns > buffer.count ? Tensor([columns]) : buffer
    let step = max(1, buffer.count / columns)
    // `values` below points into it.
    defer { withExtendedLifetime(buffer) {} }
    for first in stride(from: 0, to: rows, by: step) {
      let range = first..<min(first + step, rows)
      let values = UnsafeMutableBufferPointer(rebasing: buffer.elements[..<(range.count * columns)])
      try checkpoint.read(description.name, rows: range, into: values)
      switch item.format {
      case .float32: try file.write(UnsafeRawBufferPointer(values))
      case .bfloat16: try narrow(values, item, to: file, FloatConversion.narrowToBFloat16, 0x7F80)
      case .float16: try narrow(values, item, to: file, FloatConversion.narrowToFloat16, 0x7C00)
      }
    }
  }

  /// Writes `values` through `convert`; `infinity` is the result's bit pattern of infinity.
  @inline(__always)
  private static func narrow(
    _ values: UnsafeMutableBufferPointer<Float>, _ item: Item, to file: AtomicFile,
    _ convert: (Float) -> UInt16, _ infinity: UInt16
  ) throws {
    var overflowed: Float?
    let narrowed = [UInt16](unsafeUninitializedCapacity: values.count) { target, count in
      for (index, value) in values.enumerated() {
        let bits = convert(value)
        target.initializeElement(at: index, to: bits)
        if bits & 0x7FFF == infinity && value.isFinite { overflowed = value }
      }
      count = values.count
    }
    if let overflowed {
      throw SafetensorsError.doesNotFit(
        tensor: item.description.name, value: overflowed, format: item.format)
    }
    try narrowed.withUnsafeBytes { try file.write($0) }
  }
}
