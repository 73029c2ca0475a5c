import Testing

struct FileNameTests {
  /// File → what its file names may be made of beside `….fileName`: names of our own, times and numbers.
  static let ownNames: [String: Set<String>] = [
    "Sources/Miniature/Reproduce/Scenario.swift": ["name"],
    "Sources/Reporting/Paper/PaperReport.swift": ["figure.name"],
    "Sources/Miniature/WorldFiles.swift": ["split.rawValue"],
    "Sources/Tensors/Safetensors/SafetensorsWriter.swift": ["padded(shards.count)"],
    "Sources/Spunge/Paper/PaperPlan.swift": ["experiment.name"],
    // ASCII letters and digits with a digest.
    "Sources/Spunge/Run/StepCache.swift": ["key.folderName"],
    // Read, from the folder that the name was found in.
    "Sources/spunge-eval/Support/ScoredRun.swift": ["time"],
    "Sources/Reporting/Harness/HarnessSampleFile.swift": ["time"],
    "Sources/Reporting/Harness/HarnessFiles.swift": ["time"],
    "Sources/spunge-eval/Support/PictureConverter.swift": ["UInt32.random(in: 0...UInt32.max)"],
    // A figure's name is a file name from the start.
    "Sources/spunge-eval/Commands/ReportPage.swift": ["figure.name"],
  ]

  @Test func filesAreNamedByFileNameOnly() throws {
    let files = try Repository.files(under: "Sources", extensions: ["swift"])
    #expect(files.contains { $0.text.contains(".fileName).jsonl\"") })
    for problem in files.flatMap(Self.problems) { Issue.record(Comment(rawValue: problem)) }
  }

  @Test(arguments: [
    (#"let path = "\(folder)/\(task).jsonl""#, 1), (#"write("\(folder)/\(rows[0].task).md")"#, 1),
    (#"let path = "\(folder)/samples_\(name(of: task)).json""#, 1),
    (#"let path = "\(folder)/\(task.fileName).jsonl""#, 0),
    (#"let path = "\(folder)/scores.jsonl""#, 0),
    (#"print("\(count) tasks in a.jsonl")"#, 0),
  ])
  func fileNameRuleBites(text: String, problems: Int) {
    let found = Self.problems(in: SourceFile(path: "Sources/Evaluation/A.swift", text: text))
    #expect(found.count == problems, "\(found)")
  }

  static func problems(in file: SourceFile) -> [String] {
    let made =
      #/\\\(((?:[^()"]|\([^()]*\))*)\)\.(?:jsonl|json|csv|md|svg|png|tex|html|yaml|safetensors|txt)"/#
    return file.text.matches(of: made).map { String($0.output.1) }
      .filter { !$0.hasSuffix(".fileName") && ownNames[file.path]?.contains($0) != true }
      .map {
        "\(file.path): a file is named after \($0); if that is foreign text, write \($0).fileName, else add it to "
          + "RepositoryTests.FileNameTests.ownNames"
      }
  }
}
