import Foundation
import TestSupport
import Testing

@testable import Tensors

/// What killed writers left goes; what a writer at work has stays.
@Suite struct LeftoversTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    let file = try AtomicFile(path: "\(folder.path)/\(name)")
    try file.write(text)
    try file.commit()
  }

  @Test func theNextWriterRemovesThem() throws {
    try folder.write("out.partial-abc12", "half")
    try FileManager.default.createDirectory(
      atPath: "\(folder.path)/out.partial-9z/deep", withIntermediateDirectories: true)
    try folder.write("out.partial-9z/deep/model", "half")
    try write("whole", to: "out")
    #expect(try folder.names == ["out"])
  }

  @Test func othersFilesStay() throws {
    let names = [
      "other.partial-abc", "out.partial", "out.partial-", "out.partial-ABC", "out.partial-abcdefgh",
      "out.partial-a.b", "xout.partial-abc",
    ]
    for name in names { try folder.write(name, "") }
    try write("whole", to: "out")
    #expect(try folder.names == (names + ["out"]).sorted())
    Leftovers.remove(in: folder.path)
    #expect(try folder.names == (names.dropFirst().dropLast() + ["out"]).sorted())
  }

  @Test func aWriterAtWorkKeepsItsFile() throws {
    let path = "\(folder.path)/out"
    let first = try AtomicFile(path: path)
    try first.write("first")
    try write("second", to: "out")
    Leftovers.remove(in: folder.path)
    #expect(try folder.names.count == 2)
    try first.commit()
    #expect(try folder.names == ["out"])
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "first")
  }

  @Test func aWriterAtWorkKeepsItsFolder() throws {
    let path = "\(folder.path)/out"
    try AtomicFolder.write(to: path) { temporary in
      try Data("x".utf8).write(to: URL(filePath: "\(temporary)/file"))
      Leftovers.remove(of: path)
      Leftovers.remove(in: folder.path)
      #expect(try folder.names.count == 1)
    }
    #expect(try folder.names == ["out"])
    #expect(FileManager.default.fileExists(atPath: "\(path)/file"))
  }

  /// The lock goes with the process, also one that is killed.
  @Test func aKilledWritersFolderGoes() async throws {
    let path = "\(folder.path)/out"
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      try AtomicFolder.write(to: path) { temporary in
        let file = try AtomicFile(path: "\(temporary)/file")
        try file.write("half")
        kill(getpid(), SIGKILL)
      }
    }
    #expect(try folder.names.count == 1)
    try AtomicFolder.write(to: path) { _ in }
    #expect(try folder.names == ["out"])
  }
}
