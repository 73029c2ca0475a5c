import Foundation
import Testing

struct WordingTests {
  /// What may not be written in code → the path prefixes where it may be.
  static let restrictedWords: [(word: String, allowed: [String])] = [
    // Rows of one tensor go to several threads: the backend, and the forest's packed batches.
    (
      "nonisolated(unsafe)",
      [
        "Sources/Tensors/Backend/", "Sources/LanguageModels/Inference/",
        "Sources/LanguageModels/Encoder/EncoderInference+Forward.swift",
      ]
    ),
    (
      "@unchecked",
      [
        "Sources/Tensors/Storage/MappedFile.swift", "Sources/Tensors/Backend/PackedMatrix.swift",
        "Sources/Tensors/Backend/WorkerPool.swift",
        "Sources/Tensors/Overlay/MemoryCheckpoint.swift",
        "Sources/LanguageModels/Tokenizers/SentencePieceTokenizer.swift",
        "Sources/LanguageModels/Tokenizers/Expression.swift",
      ]
    ),
    // The networks of the CPU engine: everybody else asks an Engine.
    ("DecoderInference", ["Sources/LanguageModels/"]),
    ("DecoderNetwork", ["Sources/LanguageModels/"]),
    ("BlockRunner", ["Sources/LanguageModels/"]),
    ("ContinuationScorer", ["Sources/LanguageModels/"]),
    ("EncoderInference", ["Sources/LanguageModels/"]),
    ("ComputeBackend", ["Sources/LanguageModels/", "Sources/Tensors/"]),
    ("unsafeBitCast", []),
    ("try!", []),
    ("as!", []),
    ("fatalError", []),
    // What is printed goes through StandardStreams, by Output and Notice in the program.
    ("print(", ["Sources/spunge-eval/Support/Output.swift"]),
    ("FileHandle.standardOutput", []),
    ("FileHandle.standardError", []),
    ("putchar", []), ("puts(", []), ("fputs(", []), ("printf(", []), ("vprintf(", []),
  ]

  @Test func dangerousWordsOnlyWhereListed() throws {
    let files = try Repository.files(under: "Sources", extensions: ["swift"])
    for problem in files.flatMap(Self.wordProblems) {
      Issue.record(Comment(rawValue: problem))
    }
  }

  @Test(arguments: [
    ("Sources/Evaluation/A.swift", "let x = try! f()", 1),
    ("Sources/Evaluation/A.swift", "// no try! here\nlet text = \"as! print(\"", 0),
    ("Sources/Evaluation/A.swift", "print(x)\ntable.print(x)\nfingerprint(x)", 1),
    ("Sources/spunge-eval/A.swift", "print(x)", 1),
    ("Sources/spunge-eval/A.swift", "try Output.print(x)", 0),
    ("Sources/spunge-eval/A.swift", "FileHandle.standardError.write(x)", 1),
    ("Sources/Spunge/A.swift", "let network = DecoderNetwork()", 1),
    ("Sources/Tensors/A.swift", "nonisolated(unsafe) let p = q", 1),
    ("Sources/Tensors/Backend/A.swift", "nonisolated(unsafe) let p = q", 0),
  ])
  func wordRuleBites(path: String, text: String, problems: Int) {
    let found = Self.wordProblems(in: SourceFile(path: path, text: text))
    #expect(found.count == problems, "\(found)")
  }

  static func wordProblems(in file: SourceFile) -> [String] {
    let code = SourceScanner.code(of: file.text)
    return restrictedWords.flatMap { word, allowed -> [String] in
      guard !allowed.contains(where: file.path.hasPrefix) else { return [] }
      return code.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        .filter { contains($0.element, word: word) }
        .map { "\(file.path):\($0.offset + 1): \(word) is not allowed here (WordingTests)" }
    }
  }

  /// Whether `word` stands in `line`, not as the end of a longer name or as a member.
  private static func contains(_ line: Substring, word: String) -> Bool {
    line.ranges(of: word).contains { range in
      guard let before = line[..<range.lowerBound].last else { return true }
      return !before.isLetter && !before.isNumber && before != "_" && before != "."
    }
  }

  /// Starts of absolute paths that mean something on one machine only; put together here, so that
  /// this file does not hold them.
  static let machinePaths = ["work", "root", "home", "Users"].map { "/\($0)/" }

  @Test func noPathOfOneMachine() throws {
    for path in try Repository.trackedPaths() ?? [] {
      let bytes = try Data(contentsOf: Repository.root.appending(path: path))
      guard !bytes.contains(0) else { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      for machinePath in Self.machinePaths {
        #expect(
          !Self.holdsPath(machinePath, text), "\(path) holds a path that starts with \(machinePath)"
        )
      }
    }
  }

  @Test(arguments: [("cat X/a", true), ("\"X/a\"", true), ("https://host.orgX/a", false)])
  func machinePathRuleBites(text: String, expected: Bool) {
    let written = text.replacing("X/", with: Self.machinePaths[0])
    #expect(Self.holdsPath(Self.machinePaths[0], written) == expected)
  }

  /// Whether `text` holds `path` as the start of an absolute path rather than inside another.
  static func holdsPath(_ path: String, _ text: String) -> Bool {
    text.ranges(of: path).contains { range in
      guard let before = text[..<range.lowerBound].last else { return true }
      return !before.isLetter && !before.isNumber && !"}._-".contains(before)
    }
  }
}
