import Foundation
import Reporting
import Spunge
import SpungeTestSupport
import TestSupport
import Testing

/// The whole pipeline on the random four-layer model and the invented village.
@Suite struct PipelineTests {
  private func experiment(_ change: (String) -> String = { $0 }) throws -> Experiment {
    try TinyExperiment.read(change)
  }

  private func pipeline(_ experiment: Experiment, _ folder: String) throws -> SpungePipeline {
    try TinyExperiment.pipeline(experiment, folder)
  }

  @Test func leavesEverythingAndResumes() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let first = try pipeline(try experiment(), folder).run()
    #expect(first.table.models == ["base", "rmu", "spunge_rmu"])
    let results = "\(folder)/results"
    let scores = try String(contentsOfFile: "\(results)/scores.jsonl", encoding: .utf8)
    #expect(scores.split(separator: "\n").count == 6)  // three models, acc and acc_norm
    for name in ["table.md", "table.csv", "table.json", "table.tex", "samples/rmu/arc_easy.jsonl"] {
      #expect(FileManager.default.fileExists(atPath: "\(results)/\(name)"), "\(name)")
    }
    let manifest = try Manifest.read("\(results)/manifest.json")
    #expect(manifest.status == .complete && manifest.inputs.count >= 4)
    // A second run does nothing again and writes the same bytes.
    _ = try pipeline(try experiment(), folder).run()
    #expect(try String(contentsOfFile: "\(results)/scores.jsonl", encoding: .utf8) == scores)
    let reused = try Manifest.read("\(results)/manifest.json").steps.filter(\.reused).count
    #expect(reused == 3 + 4)  // three scorings; union, two parts, merge
  }

  /// A file that was cut or changed is made anew, which is said.
  @Test func damagedResultsAreMadeAnew() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    _ = try pipeline(try experiment(), folder).run()
    let scores = try Data(contentsOf: URL(filePath: "\(folder)/results/scores.jsonl"))
    let files = (FileManager.default.subpaths(atPath: folder) ?? []).sorted()
    for delta in files.filter({ $0.hasSuffix("delta.safetensors") }) {
      let path = "\(folder)/\(delta)"
      let whole = try Data(contentsOf: URL(filePath: path))
      var flipped = whole
      flipped[whole.count - 6] ^= 0x40
      for damaged in [whole.dropLast(100), flipped] {
        try damaged.write(to: URL(filePath: path))
        // Otherwise the scores would be known.
        try FileManager.default.removeItem(atPath: "\(folder)/.spunge/answers")
        let sink = NoteSink()
        _ = try TinyExperiment.pipeline(try experiment(), folder, progress: sink).run()
        #expect(sink.notes.count { $0.contains("the step is done again") } == 1, "\(sink.notes)")
        #expect(try Data(contentsOf: URL(filePath: path)) == whole)
        #expect(try Data(contentsOf: URL(filePath: "\(folder)/results/scores.jsonl")) == scores)
      }
    }
  }

  /// What is done needs no memory.
  @Test func aFinishedStepIsNotHeldAgainstTheMemory() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let first = try pipeline(try experiment(), folder).run()
    let second = try TinyExperiment.pipeline(try experiment(), folder, memory: 1000).run()
    #expect(second.table.models == first.table.models)
  }

  /// Task vector negation retains nothing, so that an experiment with it may have no retain files.
  @Test func retainFilesMayBeAbsent() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let change = { (text: String) in
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      let start = lines.firstIndex(of: "retain:") ?? 0
      let settings = lines.firstIndex(of: "  method: rmu") ?? 0
      let end = lines.firstIndex(of: "merge:") ?? 0
      return
        (lines[..<start] + lines[(start + 2)..<settings]
        + ["  method: task_vector_negation"] + lines[end...]).joined(separator: "\n")
    }
    let pipeline = try pipeline(try experiment(change), folder)
    let plan = try RunEstimate(Planner().plan(pipeline), MachineSpeed.measure())
    #expect(plan.steps.contains { $0.name == "unlearn union" && $0.tokens > 0 })
    #expect(
      try pipeline.run().table.models
        == ["base", "task_vector_negation", "spunge_task_vector_negation"])
  }

  /// Journals that lost their ends, as after a kill: what is there is kept, the rest is answered, the scores are the
  /// same.
  @Test func continuesAfterAKill() throws {
    let folder = try TemporaryFolder()
    _ = try pipeline(try experiment(), folder.path).run()
    let scores = try Data(contentsOf: URL(filePath: "\(folder.path)/results/scores.jsonl"))
    let journals = try FileManager.default.subpathsOfDirectory(
      atPath: "\(folder.path)/.spunge/answers"
    ).filter { $0.hasSuffix("answers.jsonl") }
    #expect(journals.count == 3, "one for each model")
    for journal in journals {
      let file = URL(filePath: "\(folder.path)/.spunge/answers/\(journal)")
      let bytes = try Data(contentsOf: file)
      try bytes.prefix(bytes.count / 2).write(to: file)
    }
    let sink = NoteSink()
    _ = try TinyExperiment.pipeline(try experiment(), folder.path, progress: sink).run()
    let resumed = sink.notes.filter { $0.contains("responses cached by an earlier run") }
    #expect(resumed.count == journals.count, "\(sink.notes)")
    #expect(
      try Data(contentsOf: URL(filePath: "\(folder.path)/results/scores.jsonl")) == scores)
  }

  @Test func planNamesEveryStep() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let plan = try RunEstimate(
      Planner().plan(pipeline(experiment(), folder)), MachineSpeed.measure())
    #expect(plan.steps.count == 3 + 3)
    #expect(plan.steps.allSatisfy { $0.tokens > 0 })
    #expect(!FileManager.default.fileExists(atPath: "\(folder)/results"))
  }

  @Test func divergingTrainingStopsAndIsOnRecord() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let broken = try experiment { $0.replacing("learningRate: 0.001", with: "learningRate: 1e30") }
    #expect(throws: UnlearningError.self) { try pipeline(broken, folder).run() }
    let manifest = try Manifest.read("\(folder)/results/manifest.json")
    #expect(manifest.status == .failed && manifest.failure?.contains("learningRate") == true)
  }

  @Test func docsListEveryMethod() throws {
    let root = Fixtures.folder.deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    #expect(readme.contains(MethodsTable.names), "replace the table by\n\(MethodsTable.names)")
    let page = try String(
      contentsOf: root.appending(path: "Sources/Spunge/Spunge.docc/Methods.md"), encoding: .utf8)
    #expect(
      page.contains(MethodsTable.markdown), "replace the table: spunge-eval methods --markdown")
  }
}
