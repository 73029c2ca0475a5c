import Testing

struct ErrorTests {
  /// An error that says nothing of who is to blame would end the process with whatever status is left over.
  @Test func everyErrorSaysWhoIsToBlame() throws {
    let files = try Repository.files(under: "Sources", extensions: ["swift"])
    #expect(files.contains { $0.text.contains(": InputFailure") })
    for problem in files.flatMap(Self.problems) { Issue.record(Comment(rawValue: problem)) }
  }

  @Test(arguments: [
    ("package enum AError: Error, Equatable {", 1),
    ("struct AError: CustomStringConvertible, Error {", 1),
    ("extension AError: Error {}", 1), ("enum AError: Swift.Error {", 1),
    ("struct AError: LocalizedError {", 1),
    ("package enum AError: InputFailure, Equatable {", 0), ("struct AError: RunFailure {", 0),
    ("enum AError: ExitingError {", 0), ("func f() -> Result<Int, any Error> {", 0),
    ("struct A<Failure: Error> {", 0),
  ])
  func errorRuleBites(text: String, problems: Int) {
    #expect(
      Self.problems(in: SourceFile(path: "Sources/Evaluation/A.swift", text: text)).count
        == problems)
  }

  static func problems(in file: SourceFile) -> [String] {
    guard file.path != "Sources/Formats/ExitingError.swift" else { return [] }
    let declaration = #/\b(?:enum|struct|class|actor|extension)\s+([\w.]+)\s*:\s*([^{]*)\{/#
    return SourceScanner.code(of: file.text).matches(of: declaration).filter { match in
      match.output.2.split(separator: ",").contains { name in
        ["Error", "Swift.Error", "LocalizedError", "CustomNSError"].contains(
          name.filter { !$0.isWhitespace })
      }
    }.map {
      "\(file.path): \($0.output.1) must be an InputFailure, a RunFailure or another ExitingError "
        + "(Sources/Formats/ExitingError.swift)"
    }
  }
}
