import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct OutputPlaceTests {
  @Test func whatCanBeMadeLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    try OutputPlace.check("\(folder.path)/new/deep/file.txt")
    try OutputPlace.checkFolder("\(folder.path)/new/deep")
    try OutputPlace.checkFile("\(folder.path)/file.txt")
    #expect(try folder.names.isEmpty)
  }

  @Test func whatCannotBeMadeIsTold() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "kept")
    for path in ["\(folder.path)/file/below", "/proc/below/deep", "", "/dev/null/x"] {
      #expect(throws: FileError.self, "\(path)") { try OutputPlace.check(path) }
    }
    #expect(throws: FileError.self) { try OutputPlace.checkFolder("\(folder.path)/file") }
    for path in [folder.path, "/dev/null"] {
      #expect(throws: FileError.self, "\(path)") { try OutputPlace.checkFile(path) }
      #expect(throws: FileError.self, "\(path)") { try AtomicFile(path: path) }
    }
    #expect(try folder.names == ["file"])
  }
}
