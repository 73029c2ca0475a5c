/// A GGUF file, field by field.
struct GGUF {
  struct Value {
    var key: String
    var type: UInt32
    var bytes: [UInt8]
  }
  struct Tensor {
    var name: String
    var extents: [UInt64]
    var type: UInt32 = 0
    var offset: UInt64 = 0
    /// Written in place of the number of extents.
    var rank: UInt32?
  }

  var magic = Array("GGUF".utf8)
  var version: UInt32 = 3
  var tensorCount: UInt64?
  var valueCount: UInt64?
  var values: [Value] = []
  var tensors: [Tensor] = []
  var data: [UInt8] = []
  var alignment = 32

  static func text(_ text: String) -> [UInt8] {
    Bytes.little(UInt64(text.utf8.count)) + Array(text.utf8)
  }

  mutating func add(_ key: String, _ text: String) {
    values.append(Value(key: key, type: 8, bytes: Self.text(text)))
  }
  mutating func add(_ key: String, _ number: UInt32) {
    values.append(Value(key: key, type: 4, bytes: Bytes.little(number)))
  }
  mutating func add(_ key: String, _ number: Float) {
    values.append(Value(key: key, type: 6, bytes: Bytes.little(number.bitPattern)))
  }
  mutating func add(_ key: String, _ texts: [String]) {
    add(key, type: 8, texts.map(Self.text))
  }
  mutating func add(_ key: String, _ numbers: [Int32]) {
    add(key, type: 5, numbers.map { Bytes.little($0) })
  }
  mutating func add(_ key: String, _ numbers: [Float]) {
    add(key, type: 6, numbers.map { Bytes.little($0.bitPattern) })
  }

  private mutating func add(_ key: String, type: UInt32, _ elements: [[UInt8]]) {
    let head = Bytes.little(type) + Bytes.little(UInt64(elements.count))
    values.append(Value(key: key, type: 9, bytes: head + elements.joined()))
  }

  /// Appends a tensor at the next aligned offset; `extents` fastest first.
  mutating func add(_ name: String, _ extents: [Int], type: UInt32 = 0, _ bytes: [UInt8]) {
    data += [UInt8](repeating: 0, count: (alignment - data.count % alignment) % alignment)
    tensors.append(
      Tensor(
        name: name, extents: extents.map { UInt64($0) }, type: type, offset: UInt64(data.count)))
    data += bytes
  }

  var bytes: [UInt8] {
    var bytes = magic + Bytes.little(version)
    bytes +=
      Bytes.little(tensorCount ?? UInt64(tensors.count))
      + Bytes.little(valueCount ?? UInt64(values.count))
    for value in values { bytes += Self.text(value.key) + Bytes.little(value.type) + value.bytes }
    for tensor in tensors {
      bytes += Self.text(tensor.name) + Bytes.little(tensor.rank ?? UInt32(tensor.extents.count))
      for extent in tensor.extents { bytes += Bytes.little(extent) }
      bytes += Bytes.little(tensor.type) + Bytes.little(tensor.offset)
    }
    bytes += [UInt8](repeating: 0, count: (alignment - bytes.count % alignment) % alignment)
    return bytes + data
  }

  // MARK: Spoiling

  /// One to three changes of header, values, tensors or the written bytes.
  mutating func spoiled(_ random: inout Random) -> [UInt8] {
    var number = 0
    for _ in 0..<random.few(3) {
      switch random.below(8) {
      case 0: spoilHead(&random)
      case 1, 2, 3: spoilValue(&random)
      case 4, 5: spoilTensor(&random)
      default: number += 1
      }
    }
    var bytes = self.bytes
    for _ in 0..<number {
      let isHead = !random.oneIn(3)
      Bytes.spoil(&bytes, in: isHead ? 0..<max(1, bytes.count - data.count) : nil, &random)
    }
    return bytes
  }

  private mutating func spoilHead(_ random: inout Random) {
    let number = UInt64(bitPattern: random.pick(Bytes.numbers))
    switch random.below(4) {
    case 0: version = random.pick([0, 1, 2, 4, 3 << 24, UInt32(truncatingIfNeeded: number)])
    case 1: tensorCount = number
    case 2: valueCount = number
    default: magic = random.pick([Array("GGML".utf8), Array("FUGG".utf8), [0, 0, 0, 0]])
    }
  }

  private mutating func spoilValue(_ random: inout Random) {
    let place = random.below(values.count)
    let number = random.pick(Bytes.numbers)
    switch random.below(9) {
    case 0: values.remove(at: place)
    case 1: values.append(values[place])
    case 2: values[place].key = TreeSpoiler(words: keys).changed(values[place].key, &random)
    case 3: values[place].type = UInt32(random.below(14))
    case 4: values[place].bytes = random.pick(values).bytes
    case 5:
      let text = TreeSpoiler(words: keys).changed("llama", &random)
      values[place] = Value(key: values[place].key, type: 8, bytes: Self.text(text))
    case 6:
      values[place] = Value(
        key: values[place].key, type: 4, bytes: Bytes.little(UInt32(truncatingIfNeeded: number)))
    case 7:
      let depth = random.pick([3, 100, 20_000])
      let nested = (0..<depth).flatMap { _ in Bytes.little(UInt32(9)) + Bytes.little(UInt64(1)) }
      values[place] = Value(
        key: values[place].key, type: 9,
        bytes: nested + Bytes.little(UInt32(4)) + Bytes.little(UInt64(0)))
    default: Bytes.spoil(&values[place].bytes, &random)
    }
    if values.isEmpty { add("general.architecture", "llama") }
  }

  private mutating func spoilTensor(_ random: inout Random) {
    let place = random.below(tensors.count)
    let number = UInt64(bitPattern: random.pick(Bytes.numbers))
    switch random.below(8) {
    case 0: tensors.remove(at: place)
    case 1: tensors.append(tensors[place])
    case 2:
      tensors[place].name = TreeSpoiler(words: tensors.map(\.name)).changed(
        tensors[place].name, &random)
    case 3: tensors[place].extents[0] = number
    case 4: tensors[place].extents.append(number)
    case 5: tensors[place].type = UInt32(random.below(42))
    case 6: tensors[place].offset = random.oneIn(2) ? number : tensors[place].offset + 4
    default: tensors[place].rank = UInt32(truncatingIfNeeded: number)
    }
    if tensors.isEmpty { tensors.append(Tensor(name: "output.weight", extents: [4])) }
  }

  private var keys: [String] {
    values.map(\.key) + ["general.alignment", "llama.vocab_size", "split.count"]
  }
}
