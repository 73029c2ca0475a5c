import Formats
import Foundation

/// Writes tensors as safetensors, laid out as the reference implementation lays them out.
///
/// Tensors are sorted by alignment (widest first), then by name; the header is padded with spaces so that
/// the data begins at a multiple of 8. Rows stream through a small buffer.
package enum SafetensorsWriter {
  /// Elements that one thread converts at a time.
  private static let sliceElements = 1 << 17
  /// Slices that are converted before they are written.
  private static let slices = 32

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
    var weightMap = Mapping()
    for home in homes.sorted(by: { $0.name < $1.name }) {
      weightMap[home.name] = .string(home.file)
    }
    let totalSize = shards.joined().reduce(0) { $0 + $1.byteCount }
    let index = Value.mapping([
      "metadata": .mapping(["total_size": .integer(totalSize)]), "weight_map": .mapping(weightMap),
    ])
    let file = try AtomicFile(path: "\(folder)/model.safetensors.index.json")
    try file.write(index.json(.indented(by: 2)) + "\n")
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
    for item in sorted { try write(item, of: checkpoint, to: file) }
    try file.commit()
  }

  /// The length of the header and the padded header.
  private static func headerPrefix(_ items: [Item], _ metadata: [String: String]) -> [UInt8] {
    var header = Mapping()
    if !metadata.isEmpty {
      var object = Mapping()
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
      header["__metadata__"] = .mapping(object)
    }
    var offset = 0
    for item in items {
      header[item.description.name] = .mapping([
        "dtype": .string(item.format.rawValue),
        "shape": .list(item.description.shape.map { .integer($0) }),
        "data_offsets": .list([.integer(offset), .integer(offset + item.byteCount)]),
      ])
      offset += item.byteCount
    }
    var text = Array(Value.mapping(header).json(.compact).utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    return length + text
  }

  private static func write(
    _ item: Item, of checkpoint: any Checkpoint, to file: AtomicFile
  ) throws {
    let (name, rows, columns) = (
      item.description.name, item.description.rows, item.description.columns
    )
    guard item.description.count > 0 else { return }
    let isCopied = try checkpoint.copyStored(name, as: item.format) { try file.write($0) }
    if isCopied { return }
    let sliceRows = max(1, sliceElements / columns)
    for first in stride(from: 0, to: rows, by: slices * sliceRows) {
      let count = min(slices, (rows - first + sliceRows - 1) / sliceRows)
      let encoded = try parallelMap(count) { index in
        let start = first + index * sliceRows
        return try encode(item, of: checkpoint, rows: start..<min(start + sliceRows, rows))
      }
      for bytes in encoded { try bytes.withUnsafeBytes { try file.write($0) } }
    }
  }

  /// Rows of a tensor as they are stored.
  private static func encode(
    _ item: Item, of checkpoint: any Checkpoint, rows: Range<Int>
  ) throws -> [UInt8] {
    let count = rows.count * item.description.columns
    let values = Tensor([count])
    try checkpoint.read(item.description.name, rows: rows, into: values.elements)
    return try [UInt8](unsafeUninitializedCapacity: count * item.format.byteCount) { bytes, size in
      let target = UnsafeMutableRawBufferPointer(bytes)
      switch item.format {
      case .float32: target.copyMemory(from: UnsafeRawBufferPointer(values.elements))
      case .bfloat16:
        FloatConversion.narrowToBFloat16(values.elements, into: target)
        try checkFits(values.elements, target, item, infinity: 0x7F80)
      case .float16:
        for (index, value) in values.elements.enumerated() {
          let half = FloatConversion.narrowToFloat16(value)
          target.storeBytes(of: half, toByteOffset: 2 * index, as: UInt16.self)
        }
        try checkFits(values.elements, target, item, infinity: 0x7C00)
      }
      size = count * item.format.byteCount
    }
  }

  /// Throws for a finite value that became infinite.
  ///
  /// - Parameter infinity: the format's bit pattern of infinity.
  private static func checkFits(
    _ values: UnsafeMutableBufferPointer<Float>, _ narrowed: UnsafeMutableRawBufferPointer,
    _ item: Item, infinity: UInt16
  ) throws {
    var largest: UInt16 = 0
    for index in values.indices {
      let half = narrowed.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      largest = max(largest, half & 0x7FFF)
    }
    guard largest >= infinity else { return }
    for index in values.indices where values[index].isFinite {
      let half = narrowed.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
      if half & 0x7FFF == infinity {
        throw SafetensorsError.doesNotFit(
          tensor: item.description.name, value: values[index], format: item.format)
      }
    }
  }
}
