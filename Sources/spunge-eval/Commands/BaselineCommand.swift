import ArgumentParser
import Evaluation
import Formats
import Foundation
import Reporting
import Spunge
import Tensors

struct BaselineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline", abstract: "Manages the baselines that 'check' compares runs with.",
    subcommands: [Update.self])

  struct Update: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a run's scores and their provenance as a baseline.",
      discussion: """
        A tolerance is [TASK/]METRIC=LIMIT, with * as a wildcard; the first match applies, and rows without a \
        match must not change. LIMIT: 0.01 (absolute), 5% (of the baseline), worse:0.01 (improvements are fine), \
        p<0.05 (not significantly worse). Without --tolerance, an existing file's tolerances are kept.

        Example:
          spunge-eval baseline update results/tiny --baseline results/baselines/tiny.json --tolerance '*=0.001'
        """)

    @Argument(help: "Results folder, folder of lm-evaluation-harness or results_*.json.")
    var results: String
    @Option(help: "Baseline file to write.") var baseline: String
    @Option(
      help: ArgumentHelp("How much scores may change.", valueName: "[TASK/]METRIC=LIMIT"))
    var tolerance: [String] = []

    func run() throws {
      try OutputPlace.check(baseline, apartFrom: [results, "\(results)/scores.jsonl"])
      let run = try ScoredRun(path: results)
      guard !run.scores.isEmpty else { throw BaselineError.noScores(path: run.path) }
      let rules = try tolerance.map { text in
        guard let rule = ToleranceRule(text) else {
          throw ValidationError(
            "--tolerance must be [TASK/]METRIC=0.01, =5%, =worse:0.01 or =p<0.05, not '\(text.shown())'"
          )
        }
        return rule
      }
      try Self.check(rules, tolerance, cover: run.scores)
      let exists = FileManager.default.fileExists(atPath: baseline)
      let kept = exists && rules.isEmpty ? try Baseline.read(baseline).tolerances : rules
      let command = "baseline update"
      let written = Baseline(
        name: run.manifest?.name
          ?? URL(fileURLWithPath: baseline).deletingPathExtension().lastPathComponent,
        records: run.scores, samples: run.samples, tolerances: kept,
        provenance: run.manifest.map { Baseline.Provenance($0, command: command) }
          ?? Baseline.Provenance(updated: Date(), command: command))
      try WholeFile.write(written.text, to: baseline)
      try Output.print("\(baseline): \(written.scores.count) scores")
    }

    /// A rule that matches no row is a misspelling.
    private static func check(
      _ rules: [ToleranceRule], _ texts: [String], cover scores: [ScoreRecord]
    ) throws {
      for (rule, text) in zip(rules, texts)
      where !scores.contains(where: { rule.covers(task: $0.task, metric: $0.metric) }) {
        let names = Set(scores.map { "\($0.task)/\($0.metric)" }).sorted()
        throw ValidationError(
          "--tolerance \(text.shown()): matches no score; scores: \(NameList.text(names))"
        )
      }
    }
  }
}

extension Baseline.Provenance {
  init(_ manifest: Manifest, command: String) {
    self.init(
      updated: Date(), command: command, experiment: manifest.experiment, seed: manifest.seed,
      inputs: Dictionary(
        manifest.inputs.map { ("\($0.role) \(Self.portable($0.path))", $0.sha256) },
        uniquingKeysWith: { $1 }),
      versions: manifest.versions,
      machine: [
        "processor": manifest.machine.processor,
        "features": manifest.machine.features.joined(separator: " "),
        "operatingSystem": manifest.machine.operatingSystem, "threads": "\(manifest.threads)",
      ], gitRevision: GitRevision.current())
  }

  /// `path` without what is specific to this machine: relative to the current folder, else its last two components.
  private static func portable(_ path: String) -> String {
    let here = FileManager.default.currentDirectoryPath + "/"
    if path.hasPrefix(here) { return String(path.dropFirst(here.count)) }
    guard path.hasPrefix("/") else { return path }
    return path.split(separator: "/").suffix(2).joined(separator: "/")
  }
}
