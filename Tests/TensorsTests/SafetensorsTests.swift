import Foundation
import Tensors
import TestSupport
import Testing

/// A header whose one tensor `a` has the given fields.
private func header(_ fields: String) -> String { "{\"a\":{\(fields)}}" }

private let eightBytes = [UInt8](repeating: 1, count: 8)

@Suite struct SafetensorsErrorTests {
  /// Hostile bytes, and a part of the message each must give.
  static let cases: [(bytes: [UInt8], message: String)] = [
    ([], "too short"),
    ([1, 2, 3], "too short"),
    (littleEndian(UInt64(100_000_001)) + eightBytes, "claims 100000001 bytes, more than"),
    (littleEndian(UInt64.max) + eightBytes, "more than the 100000000"),
    (littleEndian(UInt64(50)) + eightBytes, "claims 50 bytes but only 8 follow"),
    (safetensorsBytes("not JSON"), "invalid JSON"),
    (safetensorsBytes("[1]"), "not an object"),
    (safetensorsBytes("{\"a\""), "the text ends where ':'"),
    (safetensorsBytes(String(repeating: "[", count: 100_000)), "nested more than 64 deep"),
    (safetensorsBytes("{\"a\":1,\"a\":2}"), "'a' occurs twice"),
    (safetensorsBytes("{\"\\u00e9\":\(empty),\"e\\u0301\":\(empty)}"), "occurs twice"),
    (safetensorsBytes("{\"__metadata__\":{\"format\":1}}"), "__metadata__ 'format'"),
    (safetensorsBytes("{\"a\":[]}"), "not an object"),
    (safetensorsBytes(header("\"shape\":[2]")), "'dtype' is missing"),
    (safetensorsBytes(header("\"dtype\":\"F33\"")), "unknown dtype 'F33'"),
    (safetensorsBytes(header("\"dtype\":\"F32\"")), "'shape' is missing"),
    (one("[-1]", "[0,8]"), "whole numbers from 0 on"),
    (one("[2.0]", "[0,8]"), "whole numbers from 0 on"),
    (one("[18446744073709551616]", "[0,8]"), "whole numbers from 0 on"),
    (one("[\(Array(repeating: "1", count: 65).joined(separator: ","))]", "[0,4]"), "65 dimensions"),
    (one("[2]", "[0]"), "two whole numbers"),
    (one("[2]", "[8,0]"), "begin ≤ end"),
    (one("[2]", "[-8,0]"), "begin ≤ end"),
    (one("[4]", "[0,16]"), "claims bytes 0 to 16 of 8"),
    (one("[2]", "[9223372036854775800,9223372036854775807]"), "of 8"),
    (one("[3]", "[0,8]"), "does not fill exactly"),
    (one("[4611686018427387904,4]", "[0,8]"), "does not fill exactly"),
    (
      safetensorsBytes(pair("[0,8]", "[4,12]"), data: eightBytes + eightBytes),
      "claim the same bytes"
    ),
    (
      safetensorsBytes(pair("[0,8]", "[12,20]"), data: eightBytes + eightBytes + eightBytes),
      "no tensor"
    ),
    (safetensorsBytes(pair("[0,8]", "[8,16]"), data: eightBytes + eightBytes + [1]), "no tensor"),
    (safetensorsBytes("{}", data: [1]), "1 bytes from data byte 0"),
  ]
  static let empty = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"

  static func one(_ shape: String, _ offsets: String) -> [UInt8] {
    safetensorsBytes(
      header("\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":\(offsets)"), data: eightBytes)
  }

  static func pair(_ first: String, _ second: String) -> String {
    let type = "\"dtype\":\"F32\",\"shape\":[2]"
    return "{\"a\":{\(type),\"data_offsets\":\(first)},\"b\":{\(type),\"data_offsets\":\(second)}}"
  }

  @Test(arguments: cases.indices) func refuses(_ index: Int) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("hostile.safetensors", Self.cases[index].bytes)
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    let message = error?.description ?? ""
    #expect(message.hasPrefix(path))
    #expect(message.contains(Self.cases[index].message), "\(message)")
  }

  @Test func foldersPipesAndAbsentFilesAreErrors() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileError.self) { try SafetensorsFile(path: folder.path) }
    #expect(throws: FileError.self) { try SafetensorsFile(path: folder.path + "/absent") }
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    #expect(throws: FileError.self) { try SafetensorsFile(path: pipe) }
  }

  @Test func integersAreListedButNotReadAsNumbers() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "i.safetensors",
      safetensorsBytes(
        header("\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]"), data: eightBytes))
    let file = try SafetensorsFile(path: path)
    #expect(file.tensors.map(\.storedType) == ["I64"])
    let error = #expect(throws: SafetensorsError.self) { try file.tensor("a") }
    #expect(error?.description.contains("tensor 'a' has dtype I64") == true)
    #expect(throws: CheckpointError.self) { try file.tensor("b") }
  }

  @Test func aFileThatShrankIsAnErrorNotACrash() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("s.safetensors", Self.one("[2]", "[0,8]"))
    let file = try SafetensorsFile(path: path)
    #expect(truncate(path, 10) == 0)
    #expect(throws: FileError.self) { try file.tensor("a") }
  }

  /// Damages a small file in thousands of ways; each must give a file or an error.
  @Test func damageNeverTraps() throws {
    let folder = try TemporaryFolder()
    let original = safetensorsBytes(
      Self.pair("[0,8]", "[8,16]"), data: eightBytes + eightBytes)
    var random = SplitMix(state: 7)
    var accepted = 0
    for round in 0..<4000 {
      var bytes = original
      if round % 4 == 0 { bytes.removeLast(Int.random(in: 1...bytes.count, using: &random)) }
      for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      bytes.withUnsafeBytes { buffer in
        if (try? SafetensorsHeader(file: buffer, path: "damaged")) != nil { accepted += 1 }
      }
    }
    #expect((1..<4000).contains(accepted))
    let path = try folder.write("whole.safetensors", original)
    #expect(try SafetensorsFile(path: path).tensor("b").count == 2)
  }
}

@Suite struct SafetensorsWriterTests {
  /// `safetensors.torch.save` (0.8.0) of `b.weight` float32, `a` bfloat16, `c` float16 and `z` empty, with
  /// metadata format = pt.
  static let reference =
    safetensorsBytes(
      "{\"__metadata__\":{\"format\":\"pt\"},"
        + "\"b.weight\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
        + "\"z\":{\"dtype\":\"F32\",\"shape\":[0,3],\"data_offsets\":[16,16]},"
        + "\"a\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]},"
        + "\"c\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[22,26]}} ",
      data: [
        0, 0, 0x80, 0x3F, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x90, 0xC0,
        0xCD, 0x3D, 0x4D, 0x3E, 0x9A, 0x3E, 0, 0x3E, 0x80, 0xC0,
      ])
  static let tensors: [(name: String, shape: [Int], values: [Float])] = [
    ("c", [2], [1.5, -2.25]), ("z", [0, 3], []), ("a", [3], [0.1, 0.2, 0.3]),
    ("b.weight", [2, 2], [1, 2, 3, -4.5]),
  ]

  static func format(_ tensor: TensorDescription) -> FloatFormat {
    switch tensor.name {
    case "a": .bfloat16
    case "c": .float16
    default: .float32
    }
  }

  @Test func writesWhatTheReferenceWrites() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.safetensors"
    try SafetensorsWriter.write(
      MemoryCheckpoint(Self.tensors), to: path, format: Self.format)
    #expect(Array(try Data(contentsOf: URL(fileURLWithPath: path))) == Self.reference)
    #expect(try folder.names == ["model.safetensors"])
    let file = try SafetensorsFile(path: path)
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors.map(\.name) == ["b.weight", "z", "a", "c"])
    #expect(try file.tensor("b.weight").values == [1, 2, 3, -4.5])
    #expect(try file.tensor("a").values == [0.10009765625, 0.2001953125, 0.30078125])
    #expect(try file.tensor("c").values == [1.5, -2.25])
    #expect(try file.tensor("z").values == [])
  }

  @Test func readsSomeRows() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("model.safetensors", Self.reference)
    let row = Tensor([2])
    try SafetensorsFile(path: path).read("b.weight", rows: 1..<2, into: row.elements)
    #expect(row.values == [3, -4.5])
  }

  @Test func aFullDiskLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let temporary = try folder.write("new.partial", "")
    let file = AtomicFile(
      path: folder.path + "/new", temporaryPath: temporary, descriptor: open("/dev/full", O_WRONLY))
    let error = #expect(throws: FileError.self) {
      try SafetensorsWriter.write(MemoryCheckpoint(Self.tensors), to: file, format: Self.format)
    }
    #expect(error?.description.contains("no space left") == true)
    #expect(try folder.names == [])
  }

  @Test(arguments: [FloatFormat.bfloat16, .float16]) func tooLargeForTheFormatIsAnError(
    _ format: FloatFormat
  ) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/model.safetensors"
    let large: Float = format == .float16 ? 65520 : .greatestFiniteMagnitude
    let checkpoint = MemoryCheckpoint([("w", [2], [large, 1])])
    #expect(throws: SafetensorsError.self) {
      try SafetensorsWriter.write(checkpoint, to: path) { _ in format }
    }
    #expect(try folder.names == [])
  }

  @Test func anUnwritableFolderIsAnError() throws {
    #expect(throws: FileError.self) {
      try SafetensorsWriter.write(
        MemoryCheckpoint(Self.tensors), to: "/nowhere/at/all.safetensors", format: Self.format)
    }
  }
}

/// A small generator with a fixed sequence (Steele et al. 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
