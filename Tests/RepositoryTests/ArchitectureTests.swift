import Foundation
import Testing

struct ArchitectureTests {
  /// Folder → modules that its files may import; the longest matching folder counts.
  ///
  /// This table is the source of truth for who knows whom.
  static let allowedImports: [String: Set<String>] = [
    // A file name of a long text has a SHA-256 of it.
    // PortableMath's functions are compiled with the kernels.
    "Sources/Formats": ["Crypto", "CKernels"],
    "Sources/Formats/Parquet": ["CCodecs"],
    // Templates, regular expressions and numbers as Python has them; of files it knows nothing.
    "Sources/PythonText": [],
    "Sources/Tensors": ["CKernels", "COpenBLAS", "Dispatch"],
    "Sources/LanguageModels": ["Tensors", "CSentencePiece"],
    // The expressions of tokenizer.json.
    "Sources/LanguageModels/Tokenizers": ["Tensors", "CSentencePiece", "COniguruma"],
    // The token forest's attention walks raw key/value pages row by row.
    "Sources/LanguageModels/Inference": ["Tensors", "CKernels"],
    // Attention and elementwise stages of a packed batch go row by row.
    "Sources/LanguageModels/Encoder": ["Tensors", "CKernels"],
    // A training state has a checksum.
    "Sources/LanguageModels/Training": ["Tensors", "Crypto"],
    "Sources/Evaluation": ["PythonText", "Yams"],
    // Bootstrap resamples are shared out among the processors.
    "Sources/Evaluation/Metrics": ["PythonText", "Dispatch"],
    "Sources/Reporting": ["Evaluation"],
    // The page names by SHA-256 the style and script that may run.
    "Sources/Reporting/Page": ["Evaluation", "Crypto"],
    // The harness's files carry SHA-256 of documents and prompts.
    // They are written as Python writes JSON.
    "Sources/Reporting/Harness": ["Evaluation", "PythonText", "Crypto"],
    // A baseline tells its questions by a SHA-256 of them.
    "Sources/Reporting/Gate": ["Evaluation", "Crypto"],
    "Sources/Spunge": ["Tensors", "LanguageModels", "Evaluation", "Reporting", "Yams"],
    // An experiment holds recipes of toxicity and definitions of perplexity; models may be named by their ids.
    "Sources/Spunge/Experiment": ["Tensors", "Evaluation", "LanguageModels", "Yams"],
    "Sources/Spunge/Run": ["Tensors", "Crypto"],
    "Sources/Spunge/Split": [],
    "Sources/Spunge/Unlearn": ["Tensors", "LanguageModels"],
    "Sources/Spunge/Merge": ["Tensors"],
    // Overlays and cards: what an unlearned model is on disk.
    // PEFT's configurations hold regular expressions of Python's.
    "Sources/Spunge/Models": ["Tensors", "LanguageModels", "PythonText"],
    "Sources/Spunge/Score": ["LanguageModels", "Evaluation", "Tensors", "Crypto"],
    "Sources/Spunge/Table": ["Evaluation", "Reporting"],
    // The world's texts are made of words and random numbers only.
    "Sources/Miniature/World": ["Tensors"],
    "Sources/Miniature/Benchmarks": ["Tensors"],
    "Sources/Miniature/Training": ["Tensors", "LanguageModels"],
    "Sources/Miniature": ["Tensors", "LanguageModels", "Spunge"],
    // The paper's experiments on the world's models, and their tables.
    "Sources/Miniature/Reproduce": ["Tensors", "Spunge", "Evaluation", "Reporting"],
    "Sources/spunge-eval": [
      "Miniature", "Spunge", "Reporting", "Evaluation", "LanguageModels", "Tensors", "PythonText",
      "ArgumentParser",
      "Dispatch",
    ],
  ]

  /// The system's own modules, and what makes foreign text safe: open to everybody.
  static let openModules: Set<String> = ["Foundation", "Glibc", "Synchronization", "Formats"]

  @Test func importsPointDownward() throws {
    let files = try Repository.files(under: "Sources", extensions: ["swift"])
    #expect(!files.isEmpty)
    for problem in files.flatMap(Self.importProblems) {
      Issue.record(Comment(rawValue: problem))
    }
    for folder in Self.allowedImports.keys.sorted() {
      #expect(
        files.contains { $0.path.hasPrefix(folder + "/") },
        "\(folder) is in allowedImports but holds no Swift file")
    }
  }

  @Test(arguments: [
    ("Sources/Spunge/Merge/Trimming.swift", "import LanguageModels", 1),
    ("Sources/Spunge/Merge/Trimming.swift", "import Foundation\npackage import Tensors", 0),
    ("Sources/Evaluation/Evaluator.swift", "@preconcurrency package import Tensors", 1),
    ("Sources/Evaluation/Evaluator.swift", "import struct Tensors.Shape", 1),
    ("Sources/Evaluation/Evaluator.swift", "// import Tensors", 0),
    ("Sources/NewTarget/File.swift", "import Foundation", 1),
  ])
  func importRuleBites(path: String, text: String, problems: Int) {
    #expect(Self.importProblems(in: SourceFile(path: path, text: text)).count == problems)
  }

  static func importProblems(in file: SourceFile) -> [String] {
    let folders = allowedImports.keys.filter { file.path.hasPrefix($0 + "/") }
    guard let folder = folders.max(by: { $0.count < $1.count }) else {
      return ["\(file.path): its folder is not in ArchitectureTests.allowedImports; add it"]
    }
    let allowed = allowedImports[folder, default: []].union(openModules)
    return importedModules(in: file.text).filter { !allowed.contains($0) }.map { module in
      "\(file.path) imports \(module), which \(folder) must not know; "
        + "it may import \(allowed.sorted().joined(separator: ", "))"
    }
  }

  static func importedModules(in text: String) -> [String] {
    let modifiers = #"(?:@\w+\s+|(?:package|public|internal|private|fileprivate)\s+)*"#
    let kinds = #"(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?"#
    guard
      let line = try? Regex(
        "^\\s*\(modifiers)import\\s+\(kinds)(\\w+)", as: (Substring, Substring).self)
    else { return [] }
    return text.split(separator: "\n").compactMap { try? line.firstMatch(in: $0) }
      .map { String($0.output.1) }
  }

  @Test(arguments: ["Split", "Unlearn", "Merge"])
  func everyMethodFileIsRegistered(stage: String) throws {
    let files = try Repository.files(under: "Sources/Spunge/\(stage)", extensions: ["swift"])
    let methods = files.filter { $0.path.contains("/\(stage)/Methods/") }
    #expect(!methods.isEmpty, "Sources/Spunge/\(stage)/Methods holds no method")
    let catalog = files.first { !$0.path.contains("/Methods/") && $0.text.contains("Catalog<") }
    let lines = Self.missingLines(methods: methods, catalog: catalog?.text ?? "")
    let place = catalog?.path ?? "Sources/Spunge/\(stage)"
    #expect(
      lines.isEmpty, "add to the catalog in \(place):\n\(lines.joined(separator: "\n"))")
  }

  @Test func registrationRuleBites() {
    let methods = [
      SourceFile(path: "Sources/Spunge/Merge/Methods/TIES.swift", text: ""),
      SourceFile(path: "Sources/Spunge/Merge/Methods/TIES+Trimming.swift", text: ""),
      SourceFile(path: "Sources/Spunge/Merge/Methods/Average.swift", text: ""),
    ]
    let lines = Self.missingLines(methods: methods, catalog: "[.init(TIES.self)]")
    #expect(lines == [".init(Average.self),"])
  }

  /// The catalog lines that are missing; `Type+Topic.swift` belongs to `Type.swift`.
  static func missingLines(methods: [SourceFile], catalog: String) -> [String] {
    methods.map { (($0.path as NSString).lastPathComponent as NSString).deletingPathExtension }
      .filter { !$0.contains("+") && !catalog.contains("(\($0).self") }
      .map { ".init(\($0).self)," }
  }
}
