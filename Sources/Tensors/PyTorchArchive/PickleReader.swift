import Formats

/// Reads the pickle of a state dictionary without executing code.
///
/// A pickle is a program for a small stack machine. This reader supports the instructions that `torch.save` emits for
/// dictionaries of tensors, and four kinds of names; everything else is rejected. Format: Python's `pickletools`.
struct PickleReader {
  typealias NamedTensor = (name: String, tensor: PickledTensor)

  /// Maximum number of instructions, more than any model's dictionary needs (about twenty per tensor).
  static let maximumInstructions = 1 << 23

  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private var position = 0
  /// Where the current instruction began.
  private var instruction = 0
  private var stack: [PickleValue] = []
  /// Stack heights at open marks.
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var tuples: [[PickleValue]] = []
  private var lists: [[PickleValue]] = []
  private var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  private var tensors: [PickledTensor] = []

  /// The tensors of the dictionary that the pickle `bytes` holds, in its order, and whatever else it holds left out.
  static func tensors(
    _ bytes: UnsafeRawBufferPointer, path: String
  ) throws(PyTorchArchiveError) -> [NamedTensor] {
    var reader = PickleReader(bytes: bytes, path: path)
    return try reader.run()
  }

  private init(bytes: UnsafeRawBufferPointer, path: String) {
    (self.bytes, self.path) = (bytes, path)
  }

  // MARK: - Errors and bytes

  private func damaged(_ reason: String) -> PyTorchArchiveError {
    .damagedPickle(path: path, byte: instruction, reason: reason)
  }

  private func forbidden(_ what: String) -> PyTorchArchiveError {
    .forbidden(path: path, byte: instruction, what: what)
  }

  private mutating func take(_ count: Int) throws(PyTorchArchiveError) -> Range<Int> {
    guard count <= bytes.count - position else { throw damaged("the pickle ends early") }
    position += count
    return position - count..<position
  }

  private mutating func number<Number: FixedWidthInteger>(
    _ type: Number.Type
  ) throws(PyTorchArchiveError) -> Int {
    let range = try take(MemoryLayout<Number>.size)
    let value = bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Number.self)
    guard let number = Int(exactly: Number(littleEndian: value)) else {
      throw damaged("the number \(value) is too large")
    }
    return number
  }

  private mutating func text(_ count: Int) throws(PyTorchArchiveError) -> String {
    let range = try take(count)
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw damaged("text that is not UTF-8")
    }
    return text
  }

  /// A line without its end.
  private mutating func line() throws(PyTorchArchiveError) -> String {
    guard let end = bytes[position...].firstIndex(of: 10) else {
      throw damaged("the pickle ends early")
    }
    defer { position = end + 1 }
    return try text(end - position)
  }

  /// A little-endian two's complement number of up to eight bytes.
  private mutating func long() throws(PyTorchArchiveError) -> Int {
    let count = try number(UInt8.self)
    let range = try take(count)
    guard count <= 8 else { throw damaged("a number of \(count) bytes") }
    var value: UInt64 = 0
    for (index, byte) in bytes[range].enumerated() { value |= UInt64(byte) << (8 * index) }
    let unused = 64 - 8 * count
    return count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> unused)
  }

  // MARK: - The stack

  private mutating func pop() throws(PyTorchArchiveError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw damaged("an instruction finds nothing on the stack")
    }
    return value
  }

  /// Pops everything above the latest mark.
  private mutating func popToMark() throws(PyTorchArchiveError) -> [PickleValue] {
    guard let height = marks.popLast() else { throw damaged("an instruction finds no mark") }
    let values = Array(stack[height...])
    stack.removeSubrange(height...)
    return values
  }

  private func top() throws(PyTorchArchiveError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw damaged("an instruction finds nothing on the stack")
    }
    return value
  }

  private mutating func pushTuple(_ values: [PickleValue]) {
    tuples.append(values)
    stack.append(.tuple(tuples.count - 1))
  }

  private mutating func popTuple(_ count: Int) throws(PyTorchArchiveError) {
    var values: [PickleValue] = []
    for _ in 0..<count { values.append(try pop()) }
    pushTuple(values.reversed())
  }

  private mutating func pushDictionary() {
    dictionaries.append([])
    stack.append(.dictionary(dictionaries.count - 1))
  }

  private mutating func remember(_ place: Int) throws(PyTorchArchiveError) {
    memo[place] = try top()
  }

  private mutating func recall(_ place: Int) throws(PyTorchArchiveError) {
    guard let value = memo[place] else { throw damaged("nothing was remembered as \(place)") }
    stack.append(value)
  }

  // MARK: - Instructions

  private mutating func run() throws(PyTorchArchiveError) -> [NamedTensor] {
    for _ in 0..<Self.maximumInstructions {
      instruction = position
      let code = UInt8(truncatingIfNeeded: try number(UInt8.self))
      if code == UInt8(ascii: ".") { return try result(try pop()) }
      if try pushConstant(code) { continue }
      if try changeContainers(code) { continue }
      if try build(code) { continue }
      throw forbidden("it uses the instruction 0x\(String(code, radix: 16))")
    }
    throw damaged("more than \(Self.maximumInstructions) instructions")
  }

  /// Instructions that push a constant, and those without effect here.
  private mutating func pushConstant(_ code: UInt8) throws(PyTorchArchiveError) -> Bool {
    switch code {
    case 0x80:  // PROTO
      let version = try number(UInt8.self)
      guard (2...5).contains(version) else { throw damaged("pickle protocol \(version)") }
    case 0x95: _ = try take(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.integer(try number(Int32.self)))
    case UInt8(ascii: "K"): stack.append(.integer(try number(UInt8.self)))
    case UInt8(ascii: "M"): stack.append(.integer(try number(UInt16.self)))
    case 0x8A: stack.append(.integer(try long()))
    case UInt8(ascii: "G"):
      let bits = bytes.loadUnaligned(
        fromByteOffset: try take(8).lowerBound, as: UInt64.self)
      stack.append(.number(Double(bitPattern: UInt64(bigEndian: bits))))
    case UInt8(ascii: "X"): stack.append(.text(try text(try number(UInt32.self))))
    case 0x8C: stack.append(.text(try text(try number(UInt8.self))))
    default: return false
    }
    return true
  }

  /// Instructions for tuples, lists, dictionaries, marks and the memo.
  private mutating func changeContainers(_ code: UInt8) throws(PyTorchArchiveError) -> Bool {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: ")"): pushTuple([])
    case UInt8(ascii: "t"): pushTuple(try popToMark())
    case 0x85: try popTuple(1)
    case 0x86: try popTuple(2)
    case 0x87: try popTuple(3)
    case UInt8(ascii: "]"):
      lists.append([])
      stack.append(.list(lists.count - 1))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "}"): pushDictionary()
    case UInt8(ascii: "s"):
      let value = try pop()
      try setItems([try pop(), value])
    case UInt8(ascii: "u"): try setItems(try popToMark())
    case UInt8(ascii: "q"): try remember(try number(UInt8.self))
    case UInt8(ascii: "r"): try remember(try number(UInt32.self))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "h"): try recall(try number(UInt8.self))
    case UInt8(ascii: "j"): try recall(try number(UInt32.self))
    default: return false
    }
    return true
  }

  private mutating func append(_ values: [PickleValue]) throws(PyTorchArchiveError) {
    guard case .list(let place) = try top() else { throw damaged("elements for what is no list") }
    lists[place] += values
  }

  private mutating func setItems(_ values: [PickleValue]) throws(PyTorchArchiveError) {
    guard case .dictionary(let place) = try top(), values.count.isMultiple(of: 2) else {
      throw damaged("members for what is no dictionary")
    }
    for index in stride(from: 0, to: values.count, by: 2) {
      dictionaries[place].append((values[index], values[index + 1]))
    }
  }

  /// Instructions that name and build things.
  private mutating func build(_ code: UInt8) throws(PyTorchArchiveError) -> Bool {
    switch code {
    case UInt8(ascii: "c"): try pushGlobal(module: try line(), name: try line())
    case 0x93:  // STACK_GLOBAL
      guard let name = try pop().text, let module = try pop().text else {
        throw damaged("a name that is not text")
      }
      try pushGlobal(module: module, name: name)
    case UInt8(ascii: "Q"): stack.append(.storage(try storage(try pop())))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      try reduce(try pop(), arguments)
    case UInt8(ascii: "b"):
      // The state of a dictionary object is torch's note on versions of modules.
      _ = try pop()
      guard case .dictionary = try top() else {
        throw forbidden("it sets the state of an object")
      }
    default: return false
    }
    return true
  }

  private mutating func pushGlobal(module: String, name: String) throws(PyTorchArchiveError) {
    guard let global = PickleGlobal(module: module, name: name) else {
      throw forbidden("it asks for '\(module.shown(limit: 80)).\(name.shown(limit: 80))'")
    }
    stack.append(.global(global))
  }

  private func tuple(_ value: PickleValue) -> [PickleValue]? {
    if case .tuple(let place) = value { tuples[place] } else { nil }
  }

  /// The storage that `("storage", type, key, device, elements)` names.
  private func storage(_ value: PickleValue) throws(PyTorchArchiveError) -> StorageReference {
    guard let parts = tuple(value), parts.count == 5, parts[0].text == "storage",
      case .global(.storage(let dtype)) = parts[1], let key = parts[2].text,
      let count = parts[4].integer, count >= 0
    else { throw damaged("a storage that is not described as torch does it") }
    return StorageReference(key: key, dtype: dtype, count: count)
  }

  private mutating func reduce(
    _ function: PickleValue, _ arguments: PickleValue
  ) throws(PyTorchArchiveError) {
    guard let arguments = tuple(arguments), case .global(let global) = function else {
      throw forbidden("it calls what is no function")
    }
    switch global {
    case .orderedDictionary:
      guard arguments.isEmpty else { throw forbidden("it calls OrderedDict with arguments") }
      pushDictionary()
    case .rebuildTensor:
      guard (6...7).contains(arguments.count), case .storage(let storage) = arguments[0],
        let offset = arguments[1].integer, let shape = integers(arguments[2]),
        let strides = integers(arguments[3])
      else { throw damaged("a tensor that is not described as torch does it") }
      tensors.append(
        PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides))
      stack.append(.tensor(tensors.count - 1))
    case .rebuildParameter:
      guard arguments.count == 3, case .tensor = arguments[0] else {
        throw damaged("a parameter that is not described as torch does it")
      }
      stack.append(arguments[0])
    case .storage: throw forbidden("it calls a storage type")
    }
  }

  /// The whole numbers of a shape, or of strides.
  private func integers(_ value: PickleValue) -> [Int]? {
    // A long tuple that many tensors share would be copied for each of them.
    guard let values = tuple(value), values.count <= SafetensorsHeader.maximumRank else {
      return nil
    }
    let integers = values.compactMap(\.integer)
    return integers.count == values.count ? integers : nil
  }

  /// The named tensors of the dictionary `value`; the last one of a name is used, as in Python.
  private func result(_ value: PickleValue) throws(PyTorchArchiveError) -> [NamedTensor] {
    guard case .dictionary(let place) = value else {
      throw PyTorchArchiveError.noTensors(path: path)
    }
    var result: [NamedTensor] = []
    var places: [String: Int] = [:]
    for (key, value) in dictionaries[place] {
      guard case .tensor(let tensor) = value else { continue }
      guard let name = key.text else { throw damaged("a tensor whose name is not text") }
      if let earlier = places[name] {
        result[earlier].tensor = tensors[tensor]
      } else {
        places[name] = result.count
        result.append((name, tensors[tensor]))
      }
    }
    return result
  }
}
