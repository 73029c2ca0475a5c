import Foundation
import Tensors
import TestSupport
import Testing

/// Builds archives as `torch.save` does, also wrong ones.
private struct ArchiveBuilder {
  /// Instructions of data.pkl, between PROTO and STOP.
  var pickle: [UInt8] = []
  /// Entries beside it.
  var entries: [(name: String, bytes: [UInt8])] = []
  var method: UInt16 = 0

  static func text(_ text: String) -> [UInt8] {
    [0x58] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  static func global(_ module: String, _ name: String) -> [UInt8] {
    Array("c\(module)\n\(name)\n".utf8)
  }

  static func integer(_ value: Int) -> [UInt8] { [0x8A, 8] + littleEndian(Int64(value)) }

  static func tuple(_ values: [Int]) -> [UInt8] { [0x28] + values.flatMap(integer) + [0x74] }

  /// A tensor over the storage `key` of `count` float32 elements.
  static func tensor(
    key: String = "0", count: Int, offset: Int = 0, shape: [Int], strides: [Int]
  ) -> [UInt8] {
    var bytes = global("torch._utils", "_rebuild_tensor_v2") + [0x28]
    bytes += [0x28] + text("storage") + global("torch", "FloatStorage") + text(key)
    bytes += text("cpu") + integer(count) + [0x74, 0x51]
    bytes += integer(offset) + tuple(shape) + tuple(strides) + [0x89]
    return bytes + global("collections", "OrderedDict") + [0x29, 0x52, 0x74, 0x52]
  }

  /// `{"a": value}`.
  static func member(_ value: [UInt8]) -> [UInt8] { [0x7D] + text("a") + value + [0x73] }

  var bytes: [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    let all = [("m/data.pkl", [0x80, 2] + pickle + [0x2E])] + entries.map { ("m/\($0)", $1) }
    for (name, data) in all {
      let start = UInt32(file.count)
      let sizes = littleEndian(UInt32(data.count)) + littleEndian(UInt32(data.count))
      let shared = littleEndian(method) + [UInt8](repeating: 0, count: 8) + sizes
      let lengths = littleEndian(UInt16(name.utf8.count)) + [0, 0]
      file += [0x50, 0x4B, 3, 4, 0, 0, 0, 0] + shared + lengths + Array(name.utf8) + data
      directory += [0x50, 0x4B, 1, 2, 0, 0, 0, 0, 0, 0] + shared + lengths
      directory += [UInt8](repeating: 0, count: 10) + littleEndian(start) + Array(name.utf8)
    }
    let count = littleEndian(UInt16(all.count))
    let end = [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    return file + directory + end + littleEndian(UInt32(directory.count))
      + littleEndian(UInt32(file.count)) + [0, 0]
  }

  /// One float32 tensor of six elements.
  static func valid(
    shape: [Int] = [2, 3], strides: [Int] = [3, 1], offset: Int = 0, count: Int = 6
  )
    -> ArchiveBuilder
  {
    let elements = (0..<6).flatMap { littleEndian(Float($0).bitPattern) }
    return ArchiveBuilder(
      pickle: member(tensor(count: count, offset: offset, shape: shape, strides: strides)),
      entries: [("data/0", elements)])
  }
}

@Suite struct PyTorchArchiveTests {
  private typealias Build = ArchiveBuilder

  private func open(_ bytes: [UInt8]) throws -> PyTorchArchive {
    let folder = try TemporaryFolder()
    return try PyTorchArchive(path: try folder.write("file.bin", bytes))
  }

  private func message(_ bytes: [UInt8]) -> String {
    do {
      _ = try open(bytes)
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test func readsAndTransposes() throws {
    let plain = try open(Build.valid().bytes)
    #expect(try plain.tensor("a").values == [0, 1, 2, 3, 4, 5])
    let turned = try open(Build.valid(shape: [3, 2], strides: [1, 3]).bytes)
    #expect(turned.tensors.first?.shape == [3, 2])
    #expect(try turned.tensor("a").values == [0, 3, 1, 4, 2, 5])
    let tail = Tensor([1, 2])
    try turned.read("a", rows: 2..<3, into: tail.elements)
    #expect(tail.values == [2, 5])
    let last = try open(Build.valid(shape: [], strides: [], offset: 5).bytes)
    #expect(try last.tensor("a").values == [5])
  }

  @Test func sameBitsAsSafetensors() throws {
    let pickled = try PyTorchArchive(path: Fixtures.path("mini-roberta/pytorch_model.bin"))
    let safe = try SafetensorsFile(path: Fixtures.path("mini-roberta/model.safetensors"))
    #expect(Set(pickled.tensors.map(\.name)) == Set(safe.tensors.map(\.name)))
    for tensor in safe.tensors {
      #expect(pickled.description(of: tensor.name)?.shape == tensor.shape)
      let (ours, theirs) = (try pickled.tensor(tensor.name), try safe.tensor(tensor.name))
      #expect(ours.values.map(\.bitPattern) == theirs.values.map(\.bitPattern), "\(tensor.name)")
    }
  }

  /// Views, shared storages, parameters and other types, as torch wrote them; what is no tensor is left out.
  @Test func everythingTorchWrites() throws {
    let file = try PyTorchArchive(path: Fixtures.path("mini-roberta/odd.bin"))
    let base = (0..<24).map { Float($0) / 8 }
    let turned = (0..<24).map { base[$0 % 4 * 6 + $0 / 4] }
    let expected: [(name: String, shape: [Int], values: [Float])] = [
      ("float32", [4, 6], base), ("transposed", [6, 4], turned),
      ("slice", [2, 3], [8, 9, 10, 14, 15, 16].map { $0 / 8 }), ("bfloat16", [4, 6], base),
      ("float16", [4, 6], base), ("float64", [4, 6], base),
      ("shared.left", [6], (0..<6).map { Float($0) }),
      ("shared.right", [6], (4..<10).map { Float($0) }),
      ("parameter", [6], Array(base[0..<6])), ("scalar", [], [2.5]), ("empty", [0, 3], []),
      ("expanded", [3, 2], [1, 2, 1, 2, 1, 2]),
    ]
    for (name, shape, values) in expected {
      #expect(file.description(of: name)?.shape == shape, "\(name)")
      #expect(try file.tensor(name).values == values, "\(name)")
    }
    #expect(Set(file.tensors.map(\.name)) == Set(expected.map(\.name) + ["int64"]))
    #expect(throws: PyTorchArchiveError.self) { try file.tensor("int64") }
  }

  @Test func legacyFormatsAreRefusedWithTheReason() throws {
    let error = #expect(throws: PyTorchArchiveError.self) {
      try PyTorchArchive(path: Fixtures.path("mini-roberta/legacy.bin"))
    }
    #expect(error?.description.contains("before 1.6") == true)
    let tar = [UInt8](repeating: 0, count: 257) + Array("ustar".utf8)
    #expect(message(tar).contains("a tar file"))
    #expect(message(Array("version https://git-lfs.github.com/spec/v1\n".utf8)).contains("LFS"))
    #expect(message([]).contains("does not begin as a zip"))
  }

  private static let hostilePickles: [(pickle: [UInt8], message: String)] = [
    (Build.global("os", "system") + Build.text("id") + [0x85, 0x52], "it asks for 'os.system'"),
    (Build.global("builtins", "eval") + [0x29, 0x52], "it asks for 'builtins.eval'"),
    (Build.text("os") + Build.text("system") + [0x93], "it asks for 'os.system'"),
    (Build.global("torch", "load") + [0x29, 0x52], "it asks for 'torch.load'"),
    (Build.global("torch", "FloatStorage") + [0x29, 0x52], "it calls a storage type"),
    (Build.global("collections", "OrderedDict") + [0x5D, 0x85, 0x52], "with arguments"),
    (Build.text("x") + [0x29, 0x52], "it calls what is no function"),
    ([0x7D, 0x29, 0x81], "the instruction 0x81"),
    (Array("ios\nsystem\n".utf8), "the instruction 0x69"),
    (Array("S'id'\n".utf8), "the instruction 0x53"),
    (Build.text("x") + Build.text("y") + [0x62], "sets the state"),
    ([0x30], "nothing on the stack"),
    ([0x28, 0x30], "nothing on the stack"),
    ([0x74], "finds no mark"),
    ([0x68, 7], "nothing was remembered as 7"),
    ([0x58, 255, 255, 255, 255], "ends early"),
    ([0x4E, 0x4E, 0x61], "what is no list"),
    ([0x7D, 0x28, 0x4E, 0x75], "what is no dictionary"),
    ([0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1], "a number of 9 bytes"),
    ([0x29, 0x51], "a storage that is not described"),
    ([0x58, 1, 0, 0, 0, 0xFF], "not UTF-8"),
    ([0x4E], "holds no tensors"),
    (
      Build.member(
        Build.tensor(key: "../0", count: 6, shape: [6], strides: [1])), "'data/../0', are missing"
    ),
  ]

  @Test(arguments: hostilePickles.indices) func refusesPickle(_ index: Int) {
    let (pickle, expected) = Self.hostilePickles[index]
    var builder = ArchiveBuilder.valid()
    builder.pickle = pickle
    let text = message(builder.bytes)
    #expect(text.contains(expected), "\(text)")
  }

  private static let hostileShapes: [(ArchiveBuilder, String)] = [
    (.valid(shape: [2, 4], strides: [4, 1]), "leaves its 6 elements"),
    (.valid(offset: 1), "leaves its 6 elements"),
    (.valid(offset: .max), "leaves its 6 elements"),
    (.valid(shape: [2, 2], strides: [.max, .max]), "leaves its 6 elements"),
    (.valid(shape: [1 << 40], strides: [0]), "more elements than the file has bytes"),
    (.valid(shape: [1 << 62, 1 << 62], strides: [0, 0]), "more elements than the file has bytes"),
    (.valid(shape: [-1], strides: [1]), "shape [-1]"),
    (.valid(strides: [-3, 1]), "strides [-3, 1]"),
    (.valid(strides: [3]), "strides [3]"),
    (.valid(count: 7), "7 elements of F32 in 24 bytes"),
    (.valid(count: .max), "elements of F32 in 24 bytes"),
  ]

  @Test(arguments: hostileShapes.indices) func refusesTensor(_ index: Int) {
    let text = message(Self.hostileShapes[index].0.bytes)
    #expect(text.contains(Self.hostileShapes[index].1), "\(text)")
  }

  @Test func emptyTensorsMayHaveAnyOtherExtent() throws {
    let shape = [0, 1 << 62, 1 << 62]
    let file = try open(Build.valid(shape: shape, strides: [1, 1 << 62, 1]).bytes)
    #expect(try file.tensor("a").values == [])
  }

  /// A tuple of many numbers that many tensors share as their shape: copies of it would fill the memory.
  @Test func aSharedShapeIsNotCopied() {
    var builder = ArchiveBuilder.valid()
    var ones: [UInt8] = [0x28]
    for _ in 0..<70_000 { ones += [0x4B, 1] }
    builder.pickle = [0x7D] + ones + [0x74, 0x71, 1, 0x30]
    let head: [UInt8] =
      Build.global("torch._utils", "_rebuild_tensor_v2") + [0x28, 0x28] + Build.text("storage")
      + Build.global("torch", "FloatStorage") + Build.text("0") + Build.text("cpu")
      + Build.integer(6) + [0x74, 0x51] + Build.integer(0)
    let tensor: [UInt8] =
      head + [0x68, 1, 0x68, 1, 0x89] + Build.global("collections", "OrderedDict")
      + [0x29, 0x52, 0x74, 0x52]
    for name in 0..<5000 { builder.pickle += Build.text("t\(name)") + tensor + [0x73] }
    #expect(message(builder.bytes).contains("a tensor that is not described as torch does it"))
  }

  /// Nesting as deep as the file is long, and containers that hold themselves.
  @Test func depthIsNoDanger() {
    var builder = ArchiveBuilder.valid()
    let nested = [0x29] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x30]
    let circle: [UInt8] = [0x5D, 0x71, 0, 0x68, 0, 0x61, 0x30, 0x5D, 0x5D, 0x61, 0x30]
    builder.pickle = nested + circle + builder.pickle
    #expect(message(builder.bytes) == "accepted")
    builder.pickle = [UInt8](repeating: 0x28, count: 9_000_000)
    #expect(message(builder.bytes).contains("instructions"))
  }

  @Test func damagedZips() {
    let good = ArchiveBuilder.valid().bytes
    var compressed = ArchiveBuilder.valid()
    compressed.method = 8
    #expect(message(compressed.bytes).contains("is compressed"))
    var twice = ArchiveBuilder.valid()
    twice.entries.append(twice.entries[0])
    #expect(message(twice.bytes).contains("occurs twice"))
    var big = ArchiveBuilder.valid()
    big.entries.append(("byteorder", Array("big".utf8)))
    #expect(message(big.bytes).contains("not little-endian"))
    var program = ArchiveBuilder.valid()
    program.entries.append(("constants.pkl", [0]))
    #expect(message(program.bytes).contains("TorchScript"))
    for count in good.indices { #expect(message(Array(good.prefix(count))) != "accepted") }
  }

  /// No change of a byte or two may end the process.
  @Test func fuzz() throws {
    var random = RandomSource(seed: 11)
    let files = [
      ArchiveBuilder.valid().bytes,
      [UInt8](try Data(contentsOf: URL(filePath: Fixtures.path("mini-roberta/odd.bin")))),
    ]
    let folder = try TemporaryFolder()
    for round in 0..<3000 {
      var bytes = files[round % files.count]
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] =
          [
            UInt8.random(in: 0...255, using: &random), 0, 255,
          ][Int.random(in: 0..<3, using: &random)]
      }
      let path = try folder.write("fuzz.bin", bytes)
      guard let file = try? PyTorchArchive(path: path) else { continue }
      for tensor in file.tensors { _ = try? file.tensor(tensor.name) }
    }
  }
}
