import Evaluation
import Foundation
@testable import Spunge
import Reporting
import Tensors
import SpungeTestSupport
import TestSupport
import Testing

/// Variants that are derived from others, and what is done to their weights.
@Suite struct TransformTests {
  private func experiment(_ variants: String) throws -> Experiment {
    try TinyExperiment.read {
      $0.replacing("variants: [base, monolithic, spunge]", with: "variants: \(variants)")
    }
  }

  /// bitsandbytes 4- and 8-bit weights, rounding to nearest by torch, and gguf-py's blocks.
  @Test(arguments: [
    ("nf4", BlockRounding.codes(.nf4, blockSize: 64)), ("fp4", .codes(.fp4, blockSize: 64)),
    ("int8", .row8), ("rtn", .symmetric(bits: 4, groupSize: 48)),
    ("rtn_row", .symmetric(bits: 3, groupSize: 0)), ("q4_0", .ggml4), ("q8_0", .ggml8),
  ])
  func roundsAsTheLibrariesDo(_ name: String, _ rounding: BlockRounding) throws {
    let golden = try Fixtures.json("goldens/quantise.json")
    let weights = try #require(golden["weights"] as? [Double]).map { Float($0) }
    let expected = try #require(golden[name] as? [Double]).map { Float($0) }
    let original = MemoryCheckpoint([("w", [6, 96], weights)])
    let rounded = RoundedCheckpoint(original, tensors: ["w"], rounding: rounding)
    // One or two units in the last place of a scale.
    expectClose(try rounded.tensor("w").values, expected, absolute: 1e-8, relative: 3e-7, name)
    // Blocks that span rows are the same whichever rows are read.
    for rows in [0..<1, 1..<3, 2..<6, 5..<6] {
      var part = [Float](repeating: 0, count: rows.count * 96)
      try part.withUnsafeMutableBufferPointer { try rounded.read("w", rows: rows, into: $0) }
      #expect(
        try part == Array(rounded.tensor("w").values[rows.lowerBound * 96..<rows.upperBound * 96]))
    }
    let other = RoundedCheckpoint(original, tensors: [], rounding: rounding)
    #expect(try other.tensor("w").values == weights)
  }

  @Test func derivedVariantsAreReadAndWritten() throws {
    let text = """
      [base, spunge, {name: q, of: spunge, then: [{quantise: fp4}]}, \
      {name: twice, of: monolithic, then: [{scale: 2}, {quantise: {format: rtn, bits: 3}}]}]
      """
    let experiment = try experiment(text)
    #expect(experiment.scored.map(\.name) == ["base", "spunge_rmu", "q", "twice"])
    #expect(experiment.sources == [.base, .spunge, .monolithic])
    let quantise = try #require(experiment.scored[2].then.last as? Quantise)
    #expect(quantise.format == .fp4)
    let last = experiment.scored[3].then
    #expect((last.first as? Scale)?.factor == 2 && (last.last as? Quantise)?.bits == 3)
    let yaml = try experiment.yaml()
    // Whoever has bits of its own shows none.
    #expect(yaml.contains("format: rtn\n        bits: 3\n        groupSize: 128"), "\(yaml)")
    #expect(yaml.contains("format: fp4\n        embeddings: false"), "\(yaml)")
    let again = try Experiment(
      ExperimentFile(path: "again.yaml", text: yaml), variables: [:],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
    #expect(again.scoring == experiment.scoring)
  }

  /// A list of numbers of documents is a row each; a row can be continued; a model of its own needs no transform.
  @Test func seriesContinuationsAndModels() throws {
    let model = Fixtures.path("goldens/tiny-llama")
    let experiment = try experiment(
      """
      [base, spunge, {name: back, of: spunge, then: [{relearn: {data: retain, documents: [2, 4]}}]}, \
      {name: both, of: back-4, then: [{quantise: nf4}]}, {name: other, model: "\(model)"}, \
      {name: other_back, of: other, then: [prune]}]
      """)
    #expect(
      experiment.scored.map(\.name) == [
        "base", "spunge_rmu", "back-2", "back-4", "both", "other", "other_back",
      ])
    #expect(experiment.sources == [.base, .spunge] && experiment.references.count == 1)
    #expect(experiment.referenceRow == "other")
    let both = experiment.scored[4]
    #expect(both.then.map(\.card.name) == ["relearn", "quantise"] && both.own.count == 1)
    #expect((both.then[0] as? Relearn)?.documents == 4)
    let attacks = try experiment.scored.compactMap {
      try $0.attack(row: experiment.rowName, documents: nil)
    }
    #expect(attacks.map(\.source) == ["spunge_rmu", "spunge_rmu", "back-4", "other"])
    #expect(
      attacks.map(\.attack) == ["relearn retain", "relearn retain", "quantise nf4", "prune 0.1"])
    let again = try Experiment(
      ExperimentFile(path: "again.yaml", text: try experiment.yaml()), variables: [:],
      vocabulary: .init(tasks: ["arc_easy"], formats: ["markdown", "csv", "json", "latex"]))
    #expect(again.scoring == experiment.scoring)
  }

  /// Relearning from the retain text, resumable and reused, with the table of what came back.
  @Test func relearnedVariantsAreScored() throws {
    let folder = try TemporaryFolder()
    let experiment = try experiment(
      """
      [base, spunge, {name: back, of: spunge, then: [{relearn: {data: forget, documents: [2, 4], \
      training: {learningRate: 0.01, epochs: 2, batchSize: 2, accumulation: 1}}}]}, \
      {name: bits, of: spunge, then: [quantise]}]
      """)
    let outcome = try TinyExperiment.pipeline(experiment, folder.path).outcome()
    func answers(_ row: String) throws -> [Double] {
      try #require(outcome.samples[row]).flatMap { $0.answers.map(\.logLikelihood) }
    }
    let rows = try ["spunge_rmu", "back-2", "back-4"].map(answers)
    #expect(rows[0] != rows[1] && rows[1] != rows[2])
    let results = "\(folder.path)/results"
    let page = try String(contentsOfFile: "\(results)/robustness.md", encoding: .utf8)
    #expect(page.contains(#"| spunge\_rmu | relearn forget (training.learningRate 0.01"#))
    #expect(page.contains("4 documents") && page.contains("quantise nf4"))
    // What has been learnt is found again, and what no run asks for goes.
    let again = try TinyExperiment.pipeline(experiment, folder.path).outcome()
    #expect(again.scores == outcome.scores)
    var plain = experiment
    plain.scoring.derived = []
    _ = try TinyExperiment.pipeline(plain, folder.path).outcome()
    #expect(!FileManager.default.fileExists(atPath: "\(results)/robustness.md"))
  }

  @Test(arguments: [
    ("[base, {name: q, of: sponge, then: [quantise]}]", "unknown variant 'sponge'"),
    ("[base, {name: q, of: spunge, then: [quantize]}]", "unknown transform 'quantize'"),
    ("[base, {name: q, of: spunge}]", "'score.variants.then' is missing"),
    ("[base, {name: ../q, of: spunge, then: [quantise]}]", "ASCII letters"),
    (
      "[base, {name: \(String(repeating: "q", count: 101)), of: spunge, then: [quantise]}]",
      "at most 100 ASCII letters, digits, '-', '_' and '.', no '.' first; it has 101"
    ),
    ("[base, {name: q, of: spunge, then: [[quantise]]}]", "a list where one value belongs"),
    ("[base, {name: q, of: spunge, then: [{scale: [1, 2]}]}]", "a list where one value belongs"),
    (
      "[base, {name: q, of: spunge, then: [{quantise: {format: [nf4, int8]}}]}]",
      "a variant with a name of its own for each value"
    ),
    ("[base, {name: spunge, of: spunge, then: [quantise]}]", "called 'spunge'"),
    ("[base, {name: q, of: base, then: [{scale: 2}]}]", "changes the difference from the base"),
    ("[base, {name: q, of: spunge, then: [quantise, {scale: 2}]}]", "must come before"),
    ("[base, {name: q, of: spunge, then: [{quantise: nf5}]}]", "nf5"),
    ("[base, {name: q, of: spunge, then: [{quantise: {bit: 3}}]}]", "bit"),
    ("[base, {name: q, of: spunge, then: [{scale: 1, quantise: nf4}]}]", "one transform"),
    ("[base, {name: q, of: spunge, then: [{quantise: {format: q8_0, bits: 3}}]}]", "bits"),
    ("[base, {name: Spunge_RMU, of: spunge, then: [quantise]}]", "called 'Spunge_RMU'"),
    ("[{name: q, of: spunge, then: [quantise]}]", "has only derived variants"),
    ("[base, {name: q, of: spunge, model: x, then: [prune]}]", "keep one"),
    ("[base, {name: q, model: /no/such}]", "/no/such"),
    ("[base, {name: q, of: spunge, then: [{relearn: {data: no-such.jsonl}}]}]", "no-such.jsonl"),
    ("[base, {name: q, of: spunge, then: [{relearn: {documents: [1, x]}}]}]", "documents"),
    (
      "[base, {name: q, of: r, then: [prune]}, {name: r, of: spunge, then: [prune]}]",
      "unknown variant 'r'"
    ),
    ("[base, {name: q, of: spunge, then: [relearn, {scale: 2}]}]", "must come before"),
  ])
  func wrongOnesAreProblems(_ variants: String, _ message: String) throws {
    let error = #expect(throws: ExperimentError.self) { try experiment(variants) }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test func aDerivedVariantMayBeTheBaseline() throws {
    func experiment(_ baseline: String) throws -> Experiment {
      try TinyExperiment.read {
        $0.replacing(
          "[base, monolithic, spunge]",
          with: "[base, {name: half, of: spunge, then: [{scale: 0.5}]}]"
        ).replacing("baseline: base", with: "baseline: \(baseline)")
      }
    }
    let found = try experiment("half")
    #expect(found.baselineRow == "half")
    #expect(try experiment("base").baselineRow == "base")
    #expect(try found.yaml().contains("baseline: half"))
    let error = #expect(throws: ExperimentError.self) { try experiment("halb") }
    #expect(
      "\(try #require(error))".contains(
        "unknown scored variant 'halb' (did you mean 'half'?); known: base, half"))
  }

  /// Each point of a grid has a row of its own for a derived variant, with what the point alone gives.
  @Test func derivedVariantsInAGrid() throws {
    let folder = try TemporaryFolder()
    let grid = try ExperimentGrid(
      TinyExperiment.file {
        $0.replacing(
          "[base, monolithic, spunge]",
          with: "[base, spunge, {name: bits, of: spunge, then: [{quantise: q4_0}]}]"
        ).replacing("density: 0.2", with: "density: [0.01, 0.7]")
          .replacing("baseline: base", with: "baseline: bits")
      })
    let members = try grid.points.enumerated().map { place, point in
      GridRun.Member(
        pipeline: try TinyExperiment.pipeline(
          try TinyExperiment.read(point.file), "\(folder.path)/\(place)"), point: point)
    }
    let report = try GridRun(members, results: "\(folder.path)/whole").run()
    #expect(
      report.table.models == [
        "base", "spunge_rmu/density=0.01", "bits/density=0.01", "spunge_rmu/density=0.7",
        "bits/density=0.7",
      ])
    let record = try GridRecord.read("\(folder.path)/whole/\(GridRecord.fileName)")
    #expect(record.baseline == "bits/density=0.01")
    func answers(_ results: String, _ row: String) throws -> Data {
      let file = RunDirectory.samplesFile(
        in: "\(folder.path)/\(results)", variant: row, task: "arc_easy")
      return try Data(contentsOf: URL(filePath: file))
    }
    for (place, density) in ["0.01", "0.7"].enumerated() {
      let alone = "alone-\(place)"
      _ = try TinyExperiment.pipeline(
        try TinyExperiment.read(grid.points[place].file), "\(folder.path)/\(alone)"
      ).run()
      let bits = try answers("whole", "bits/density=\(density)")
      #expect(try bits == answers("\(alone)/results", "bits"))
      #expect(try bits != answers("whole", "spunge_rmu/density=\(density)"))
    }
    #expect(
      try answers("whole", "spunge_rmu/density=0.01") != answers("whole", "spunge_rmu/density=0.7"))
  }

  /// A difference times 0 is the base; eight bits change little, and both rows are in the table.
  @Test func derivedVariantsAreScored() throws {
    let folder = try TemporaryFolder()
    let experiment = try experiment(
      """
      [base, spunge, {name: none, of: spunge, then: [{scale: 0}]}, \
      {name: bits, of: spunge, then: [{quantise: q8_0}]}]
      """)
    let outcome = try TinyExperiment.pipeline(experiment, folder.path).outcome()
    func values(_ row: String) -> [Double] {
      outcome.scores.filter { $0.model == row }.compactMap(\.value)
    }
    #expect(!values("base").isEmpty && values("none") == values("base"))
    func logLikelihoods(_ row: String) throws -> [Double] {
      try #require(outcome.samples[row]).flatMap { $0.answers.map(\.logLikelihood) }
    }
    let (plain, bits) = (try logLikelihoods("spunge_rmu"), try logLikelihoods("bits"))
    #expect(plain.count == bits.count && plain != bits)
    for (a, b) in zip(plain, bits) { expectClose(b, a, absolute: 0.5) }
  }
}
