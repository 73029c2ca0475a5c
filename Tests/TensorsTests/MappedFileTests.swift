import Foundation
import Tensors
import TestSupport
import Testing

/// A file that changes while it is mapped gives an error, whatever was read of it.
@Suite struct MappedFileTests {
  private static let pages = 64
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func model() throws -> (path: String, file: SafetensorsFile) {
    let path = "\(folder.path)/model.safetensors"
    let count = Self.pages * 1024
    try SafetensorsWriter.write(
      MemoryCheckpoint([("a", [count], [Float](repeating: 1, count: count))]), to: path
    ) { _ in .float32 }
    return (path, try SafetensorsFile(path: path))
  }

  @Test func aShortenedFileIsNamedBeforeItIsRead() throws {
    let (path, file) = try model()
    #expect(try file.tensor("a").values.allSatisfy { $0 == 1 })
    truncate(path, 5000)
    let error = #expect(throws: FileError.self) { try file.tensor("a") }
    #expect(error?.description.contains("\(path): the file was written to while in use") == true)
    #expect(error?.description.contains("to 5000 bytes") == true)
  }

  /// The pages go while they are read: the system would end the process.
  @Test func aFileThatShrinksMeanwhileIsSurvived() throws {
    let (path, _) = try model()
    for place in [0, 4096, 100_000] {
      let file = try MappedFile(path: path)
      let size = file.bytes.count
      var sum = 0
      let error = #expect(throws: FileError.self) {
        try file.reading { bytes in
          truncate(path, place)
          for byte in bytes { sum += Int(byte) }
        }
      }
      #expect(error?.description.contains("from \(size) to \(place) bytes") == true)
      // Even at its old length it is not the file that it was.
      truncate(path, size)
      #expect(throws: FileError.self) { try file.reading { $0[0] } }
      #expect(try MappedFile(path: path).reading { $0.count } == size)
    }
  }

  @Test func anErrorOfWhatIsGoneIsTheFilesFault() throws {
    let (path, _) = try model()
    let file = try MappedFile(path: path)
    #expect(throws: FileError.self) {
      try file.reading { bytes in
        truncate(path, 0)
        // The system refuses to write from pages that are gone.
        try AtomicFile(path: "\(path).copy").write(bytes)
      }
    }
  }

  @Test func aFileOfTheSameLengthThatWasWrittenToIsFound() throws {
    let path = try folder.write("a.json", "{\"a\": 1}")
    let file = try MappedFile(path: path)
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.write(contentsOf: Data("{\"b\": 2}".utf8))
    try handle.close()
    let error = #expect(throws: FileError.self) { try file.reading { $0.count } }
    #expect(error?.description.contains("was written to while in use; run again") == true)
  }
}

@Suite struct FiniteCheckTests {
  private static let formats: [FloatFormat] = FloatFormat.allCases

  @Test(arguments: formats, [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsNamed(format: FloatFormat, value: Float) throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/model.safetensors"
    var values = [Float](repeating: 65_000, count: 70_001)
    values[3] = -65_504
    let sound = MemoryCheckpoint([("a", [70_001], values), ("empty", [0, 3], [])])
    try SafetensorsWriter.write(sound, to: path) { _ in format }
    try SafetensorsFile(path: path).requireFinite()
    try sound.requireFinite()
    values[70_000] = value
    let damaged = MemoryCheckpoint([("a", [70_001], values)])
    try SafetensorsWriter.write(damaged, to: path) { _ in format }
    let file = try SafetensorsFile(path: path)
    let renamed = RenamedCheckpoint(file, names: [("b", "a")])
    for (checkpoint, place) in [
      (file as any Checkpoint, "\(path): tensor 'a'"), (renamed, "\(path): tensor 'b'"),
      (damaged, "the model: tensor 'a'"),
    ] {
      let error = #expect(throws: CheckpointError.self) { try checkpoint.requireFinite() }
      #expect(
        error?.description.contains("\(place): element 70000 is \(value)") == true,
        "\(String(describing: error))")
    }
  }
}
