import Formats
import Foundation
import PythonText
import TestSupport
import Testing

@Suite struct ForeignFileTests {
  private func problem(_ path: String, limit: Int = 1 << 20) -> String {
    do throws(ForeignFileFault) {
      return "no error, \(try ForeignBytes.whole(path: path, limit: limit).count) bytes"
    } catch {
      return error.problem
    }
  }

  @Test func whatIsNoFileIsSaid() throws {
    let folder = try TemporaryFolder()
    #expect(problem(folder.path + "/absent") == "there is no such file")
    #expect(problem(folder.path) == "it is a folder; give a file")
    #expect(problem("/dev/zero").contains("longer than 1 MiB"))
    #expect(problem("/dev/null") == "no error, 0 bytes")
    let exact = try folder.write("exact", [UInt8](repeating: 7, count: 1 << 20))
    #expect(problem(exact) == "no error, 1048576 bytes")
    #expect(problem(exact, limit: 1 << 19).contains("longer than 0 MiB"))
  }

  @Test func pipesAreReadAndNotWaitedForWithoutEnd() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pipe"
    #expect(mkfifo(path, 0o600) == 0)
    #expect(problem(path) == "it is a pipe that nobody writes to")
    let file = try ForeignFile(path: path)
    let writer = open(path, O_WRONLY)
    #expect(write(writer, "{}\n", 3) == 3 && close(writer) == 0)
    var buffer = [UInt8](repeating: 0, count: 9)
    #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0) } == 3)
    #expect(try buffer.withUnsafeMutableBytes { try file.read(into: $0) } == 0)
  }

  /// Rows are read although all of them together are longer than what is held at once.
  @Test func rowsPassThrough() throws {
    let folder = try TemporaryFolder()
    let line = [UInt8](repeating: 65, count: 999) + [10]
    let path = try folder.write("a", Array(repeatElement(line, count: 12_000).joined()))
    var source = try ForeignBytes(path: path, limit: 5 << 20)
    var count = 0
    while true {
      let end = source.bytes.count / 1000 * 1000
      count += end / 1000
      if source.isComplete { break }
      try source.advance(dropping: end)
      #expect(source.bytes.count <= 5 << 20)
    }
    #expect(count == 12_000)
    #expect(source.droppedCount > 0)
  }

  @Test func byteOrderMarks() throws {
    var marked = ForeignBytes([0xEF, 0xBB, 0xBF, 65])
    try marked.dropByteOrderMark()
    #expect(marked.bytes == [65] && marked.droppedCount == 3)
    var wide = ForeignBytes([0xFF, 0xFE, 65, 0])
    let fault = #expect(throws: ForeignFileFault.self) { try wide.dropByteOrderMark() }
    #expect(fault?.problem.contains("UTF-16") == true)
  }

  @Test func theFirstByteThatIsNoTextIsFound() {
    #expect(UTF8Check.firstFault(Array("aé灯😀".utf8)) == nil)
    #expect(UTF8Check.firstFault([65, 0xC3, 0xA9, 0xFF, 65]) == 3)
    #expect(UTF8Check.firstFault([65, 0xC3]) == 1)
  }

  @Test func textIsWrittenAsFoundationDoes() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    for text in [
      "", "a\"b\\c/", (0..<0x21).map { String(UnicodeScalar($0)) }.joined(), "é灯😀\u{7F}",
    ] {
      var bytes: [UInt8] = []
      JSONText.append(text, to: &bytes)
      #expect(
        String(decoding: bytes, as: UTF8.self)
          == String(decoding: try encoder.encode(text), as: UTF8.self))
    }
  }

  @Test func longListsOfNamesAreCut() {
    #expect(NameList.text(["a", "b\u{1b}"]) == "a, b\\u{1b}")
    let names = (0..<300_000).map { "c\($0)" }
    #expect(NameList.text(names, limit: 3) == "c0, c1, c2 and 299997 more")
  }
}
