import Foundation
import Testing

struct SizeTests {
  @Test func filesStaySmall() throws {
    let sources = try Repository.files(under: "Sources", extensions: codeExtensions)
    let tests = try Repository.files(under: "Tests", extensions: codeExtensions)
    #expect(!sources.isEmpty && !tests.isEmpty)
    for problem in (sources + tests).flatMap(Self.sizeProblems) {
      Issue.record(Comment(rawValue: problem))
    }
  }

  private let codeExtensions: Set<String> = ["swift", "c", "cpp", "h"]

  @Test(arguments: [
    ("A.swift", "struct A {\n  func f() {\n\(lines(79))  }\n}\n", 1),
    ("A.swift", "struct A {\n  func f() {\n\(lines(78))  }\n}\n", 0),
    ("A.swift", "let text = \"func f() {\"\n\(lines(90))let end = \"}\"\n", 0),
    ("A.swift", "let text = \"\\(items.map { \"{\" })\"\nfunc f() {}\n\(lines(90))", 0),
    ("a.c", "extern \"C\" {\nint f(int x)\n{\n\(lines(90))}\n}\n", 1),
    ("a.c", "struct s {\n\(lines(90))};\nint f(int);\n", 0),
    ("a.h", lines(401), 1),
    ("a.h", lines(400), 0),
  ])
  func sizeRuleBites(path: String, text: String, problems: Int) {
    let found = Self.sizeProblems(in: SourceFile(path: path, text: text))
    #expect(found.count == problems, "\(found)")
  }

  private static func lines(_ count: Int) -> String {
    String(repeating: "  x\n", count: count)
  }

  static func sizeProblems(in file: SourceFile) -> [String] {
    let lines = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
    var problems = lines > 400 ? ["\(file.path): \(lines) lines, at most 400; split it"] : []
    let isSwift = file.path.hasSuffix(".swift")
    for function in SourceScanner.functions(in: file.text, isSwift: isSwift)
    where function.lines > 80 {
      problems.append(
        "\(file.path):\(function.line): a function of \(function.lines) lines, at most 80; split it"
      )
    }
    return problems
  }

  @Test func trackedFilesStayBelowOneMebibyte() throws {
    for path in try Repository.trackedPaths() ?? [] {
      let url = Repository.root.appending(path: path)
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      #expect(size < 1 << 20, "\(path) has \(size) bytes; large data is not kept in git")
    }
  }
}
