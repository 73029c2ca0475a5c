import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

@testable import Spunge

/// DPO and its alternates, from the row of a file to the loss.
@Suite struct PreferenceTests {
  private func model() throws -> ModelDirectory {
    try ModelDirectory.open(Fixtures.path("goldens/tiny-llama"))
  }

  private func corpus(_ rows: [String], column: String? = "alternate") throws -> TokenCorpus {
    let folder = try TemporaryFolder()
    let path = try folder.write("forget.jsonl", rows.joined(separator: "\n"))
    return try TokenCorpus(
      name: "forget", documents: try CorpusFile.read([URL(filePath: path)]).documents,
      alternateColumn: column, tokenizer: { try TokenizerLoader.load(try model()) })
  }

  /// An alternate is tokenised as the text is, after the same prompt.
  @Test func alternatesAreReadLikeTexts() throws {
    let rows = [
      #"{"prompt": "Who lit the lamp?", "completion": " Old Bram.", "alternate": " Nobody knows."}"#,
      #"{"text": "The lamp burns kelp.", "alternate": "The lamp is dark."}"#,
    ]
    let corpus = try corpus(rows)
    let alternates = try #require(corpus.alternates)
    let other = try self.corpus(
      [
        #"{"prompt": "Who lit the lamp?", "completion": " Nobody knows."}"#,
        #"{"text": "The lamp is dark."}"#,
      ], column: nil)
    #expect(other.alternates == nil)
    #expect(alternates.map(\.ids) == other.rows)
    #expect(alternates.map(\.completionStart) == other.completionStarts)
    #expect(corpus.rows != other.rows && alternates[0].completionStart > 1)
  }

  @Test(arguments: [
    (#"{"text": "a lamp"}"#, "no text in 'alternate'"),
    (#"{"text": "a lamp", "alternate": " "}"#, "no text in 'alternate'"),
    (#"{"text": "a lamp", "alternate": ["b"]}"#, "no text in 'alternate'"),
    (#"{"ids": [5, 6], "alternate": "b"}"#, "token ids"),
  ])
  func missingAlternates(row: String, fragment: String) throws {
    let error = try #require(throws: UnlearningError.self) {
      try corpus([#"{"text": "x y", "alternate": "z"}"#, row])
    }
    #expect(error.description.contains(fragment), "\(error)")
    #expect(error.description.contains("forget.jsonl:2: "), "\(error)")
    #expect(error.description.contains("setting 'alternate'"), "\(error)")
  }

  @Test func aCorpusWithoutAlternatesIsRefused() throws {
    let model = try model()
    let corpus = TokenCorpus(name: "forget", rows: [[1, 2, 3]])
    let job = UnlearningJob(
      name: "part", configuration: model.configuration, base: model.checkpoint, forget: [corpus],
      retain: [corpus], random: RandomSource(seed: 1))
    #expect(throws: UnlearningError.noAlternates(part: "part")) { try DPO().plan(job) }
  }

  /// Documents whose text or alternate predicts nothing are left out, and the others stay in pairs.
  @Test func pairsStayTogether() throws {
    var training = FineTuning()
    training.shuffle = false
    training.batchSize = 2
    let corpus = TokenCorpus(
      name: "forget", rows: [[1, 2, 3], [1, 4], [1, 5, 6], [1, 7]],
      alternates: [
        .init(ids: [1, 12]), .init(ids: [1]), .init(ids: [1, 15, 16, 17]), .init(ids: [1, 18]),
      ])
    let order = DocumentOrder([corpus], training, endID: nil, random: RandomSource(seed: 1))
    let batches = order.batches(step: 0) + order.batches(step: 1)
    let sequences = batches.map { batch in batch.input.sequences.map { batch.targets[$0].last } }
    #expect(sequences == [[3, 12, 6, 17], [7, 18]])
    #expect(order.longest == 4 && order.mostTokens(isCycled: false) == 3 + 2 + 3 + 4)
  }

  @Test func slopes() {
    let dpo = DPO()
    for (text, alternate) in [(-12.0, -10.0), (-2, -90), (-300, -3)] {
      func value(_ a: Double, _ b: Double) -> (value: Double, slopes: (Double, Double)) {
        dpo.loss(
          .init(logLikelihood: a, baseLogLikelihood: -11, length: 3),
          .init(logLikelihood: b, baseLogLikelihood: -9, length: 4))
      }
      let (slopes, step) = (value(text, alternate).slopes, 1e-5)
      expectClose(
        slopes.0,
        (value(text + step, alternate).value - value(text - step, alternate).value) / (2 * step),
        absolute: 1e-7)
      expectClose(
        slopes.1,
        (value(text, alternate + step).value - value(text, alternate - step).value) / (2 * step),
        absolute: 1e-7)
    }
  }
}
