import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import Tensors

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares a run with a baseline; exit status 1 if a score is outside its tolerance.",
    discussion: """
      In a GitHub workflow ($GITHUB_ACTIONS), failures become annotations and a table is appended to \
      $GITHUB_STEP_SUMMARY.

      Example:
        spunge-eval check results/tiny --baseline results/baselines/tiny.json --junit check.xml
      """)

  @Argument(help: "Results folder, folder of lm-evaluation-harness or results_*.json.")
  var results: String
  @Option(help: "Baseline file, written by 'baseline update'.") var baseline: String
  @Option(help: "Write the results as JUnit XML to this file.") var junit: String?
  @Option(help: "Write the results as Markdown to this file.") var summary: String?
  @Flag(help: "Also fail if the run has rows that the baseline lacks.") var strict = false

  func run() throws {
    let run = try ScoredRun(path: results)
    guard !run.scores.isEmpty else { throw BaselineError.noScores(path: run.path) }
    let check = RegressionCheck(
      records: run.scores, samples: run.samples, baseline: try Baseline.read(baseline),
      provenance: run.manifest.map { Baseline.Provenance($0, command: "") })
    if let junit { try WholeFile.write(check.junit, to: junit) }
    if let summary { try WholeFile.write(check.markdown, to: summary) }
    let environment = ProcessInfo.processInfo.environment
    if let page = environment["GITHUB_STEP_SUMMARY"], !page.isEmpty {
      try Self.append(check.markdown, to: page)
    }
    if StandardStreams.isWorkflow { try Output.print(workflowCommands: check.workflowCommands) }
    try Output.print(check.text, terminator: "")
    let hasNew = check.rows.contains { $0.outcome == .new }
    if !check.passes || strict && hasNew {
      StandardStreams.writeError(
        "Error: \(results) does not match \(baseline); run 'baseline update' to accept intended changes\n"
      )
      throw ExitCode(ExitStatus.regressionFound.rawValue)
    }
  }

  /// The summary belongs to the whole job: other steps may have written to it.
  private static func append(_ text: String, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw FileError.system(path: path, action: "open the step's summary", code: errno)
    }
    try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      .write(contentsOf: Data(text.utf8))
  }
}
