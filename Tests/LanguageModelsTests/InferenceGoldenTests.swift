import Foundation
import LanguageModels
import Tensors
import TestSupport
import Testing

/// The engine against logits, log-likelihoods and greedy continuations computed by transformers.
@Suite struct InferenceGoldenTests {
  struct Golden {
    let name: String
    let configuration: DecoderConfiguration
    let checkpoint: any Checkpoint

    init(_ name: String) throws {
      self.name = name
      let folder = try ModelDirectory.open(Fixtures.path("goldens/\(name)"))
      (configuration, checkpoint) = (folder.configuration, folder.checkpoint)
    }

    func model(batchTokens: Int = 512, keyValueBytes: Int = 64 << 20) throws -> DecoderInference {
      try DecoderInference(
        configuration: configuration, checkpoint: checkpoint, computeType: .float32,
        batchTokens: batchTokens, keyValueBytes: keyValueBytes)
    }

    var reference: [String: Any] {
      get throws {
        try #require(Fixtures.json("goldens/reference.json")[name] as? [String: Any])
      }
    }
  }

  @Test(arguments: ["tiny-llama", "tiny-mistral"], [1, 7, 512])
  func everyTokensLogProbability(_ name: String, _ batchTokens: Int) throws {
    let golden = try Golden(name)
    let reference = try SafetensorsFile(path: Fixtures.path("goldens/reference.safetensors"))
    let scorer = ContinuationScorer(try golden.model(batchTokens: batchTokens))
    var sequence = 0
    while reference.description(of: "\(name)/seq\(sequence)/logits") != nil {
      let ids = try Fixtures.integers(
        "goldens/reference.safetensors", "\(name)/seq\(sequence)/input_ids"
      ).1.map { Int32($0) }
      let logits = try reference.tensor("\(name)/seq\(sequence)/logits")
      let plain = ScoringRequest(tokens: ids, scored: ids.count - 1)
      var told = plain
      told.tellsDistributions = true
      _ = try scorer.score([told, plain]) { index, answer in
        #expect(answer.distributions.count == (index == 0 ? plain.scored : 0))
        for (row, actual) in answer.logProbabilities.enumerated() {
          let values = (0..<logits.columns).map { Double(logits[row * logits.columns + $0]) }
          let top = values.max() ?? 0
          let logSum = top + log(values.reduce(0) { $0 + exp($1 - top) })
          expectClose(
            actual, values[Int(ids[row + 1])] - logSum, absolute: 1e-4, "\(name) row \(row)")
          guard index == 0 else { continue }
          let logs = values.map { $0 - logSum }
          let mean = logs.reduce(0) { $0 + exp($1) * $1 }
          let variance = logs.reduce(0) { $0 + exp($1) * ($1 - mean) * ($1 - mean) }
          let distribution = answer.distributions[row]
          expectClose(distribution.mean, mean, absolute: 1e-4, "\(name) row \(row)")
          expectClose(distribution.variance, variance, absolute: 1e-4, "\(name) row \(row)")
          #expect(distribution.isLikeliest == (values.firstIndex(of: top) == Int(ids[row + 1])))
        }
      }
      sequence += 1
    }
    #expect(sequence > 0)
  }

  /// More completions of one prompt, or smaller batches, than grow together: each the same as alone.
  @Test(arguments: [(batchTokens: 512, copies: 600), (1, 5), (3, 70)])
  func manyCompletionsOfOnePrompt(batchTokens: Int, copies: Int) throws {
    let golden = try Golden("tiny-llama")
    let prompts: [[Int32]] = [[1, 5, 9, 30], [1, 5, 9], [1, 77, 8, 2, 4]]
    let tasks = (prompts + [[Int32]](repeating: prompts[1], count: copies)).map {
      GenerationTask(prompt: $0, maximumTokens: 3, endIDs: [])
    }
    func completions(_ tasks: [GenerationTask], _ batchTokens: Int) throws -> [Int: [Int32]] {
      var found: [Int: [Int32]] = [:]
      let generator = Generator(try golden.model(batchTokens: batchTokens))
      try generator.generate(tasks, shouldStop: { _, _ in false }) { found[$0] = $1 }
      return found
    }
    let found = try completions(tasks, batchTokens)
    #expect(found.count == tasks.count)
    for (index, task) in tasks.enumerated() where index < 3 || index % 97 == 0 {
      #expect(found[index] == (try completions([task], 512))[0])
    }
    #expect(Set(found.filter { $0.key > 2 }.values) == [found[1]])
  }

  /// A model whose logits are no numbers has nothing to say, and must not look clean by saying it.
  @Test func aDivergedModelStops() throws {
    let golden = try Golden("tiny-llama")
    let gain = try golden.checkpoint.tensor(DecoderNames.finalNorm)
    gain.elements[3] = .nan
    let damaged = try golden.checkpoint.replacing(
      MemoryCheckpoint([(DecoderNames.finalNorm, gain)]))
    let model = try DecoderInference(
      configuration: golden.configuration, checkpoint: damaged, computeType: .float32)
    let tasks = [GenerationTask(prompt: [1, 2], maximumTokens: 3, endIDs: [])]
    let error = #expect(throws: CheckpointError.self) {
      try Generator(model).generate(tasks, shouldStop: { _, _ in false }) { _, _ in }
    }
    #expect(error?.description.contains("'model.norm.weight': element 3 is nan") == true)
    // Sound weights whose products are too large.
    gain.fill(.greatestFiniteMagnitude)
    let large = try DecoderInference(
      configuration: golden.configuration,
      checkpoint: try golden.checkpoint.replacing(
        MemoryCheckpoint([(DecoderNames.finalNorm, gain)])), computeType: .float32)
    #expect(throws: GenerationError.notFinite(task: 0)) {
      try Generator(large).generate(tasks, shouldStop: { _, _ in false }) { _, _ in }
    }
  }

  /// bfloat16 is no further from float32 than transformers' is: root mean squares of the same log-probabilities' differences.
  @Test(arguments: [("tiny-llama", 0.03355), ("tiny-mistral", 0.03280)])
  func bfloat16StaysClose(_ name: String, _ transformers: Double) throws {
    let golden = try Golden(name)
    let half = try DecoderInference(
      configuration: golden.configuration, checkpoint: golden.checkpoint, computeType: .bfloat16)
    let requests = (0..<8).map { number in
      let tokens = (0..<60).map { Int32(($0 * 37 + number * 101) % 500) }
      return ScoringRequest(tokens: tokens, scored: 40)
    }
    let (exact, rounded) = (
      try answers(requests, golden.model()), try answers(requests, half)
    )
    let differences = zip(exact, rounded).flatMap { exact, rounded in
      zip(exact.logProbabilities, rounded.logProbabilities).map { abs($0 - $1) }
    }
    let square = differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)
    #expect(differences.count == 320)
    #expect(square > 0 && square.squareRoot() < transformers, "\(square.squareRoot())")
  }

  @Test(arguments: ["tiny-llama", "tiny-mistral"])
  func logLikelihoods(_ name: String) throws {
    let golden = try Golden(name)
    let rows = try #require(try golden.reference["loglikelihood"] as? [[String: Any]])
    let requests = try rows.map { row in
      let context = try #require(row["context"] as? [Int])
      let continuation = try #require(row["continuation"] as? [Int])
      return ScoringRequest(
        tokens: (context + continuation).map { Int32($0) }, scored: continuation.count)
    }
    var answered = 0
    _ = try ContinuationScorer(try golden.model()).score(requests) { index, answer in
      let expected = try #require(rows[index]["loglikelihood"] as? Double)
      expectClose(answer.logLikelihood, expected, absolute: 1e-4)
      #expect(answer.isGreedy == rows[index]["is_greedy"] as? Bool)
      answered += 1
    }
    #expect(answered == rows.count && answered > 0)
  }

  @Test(arguments: ["tiny-llama", "tiny-mistral"], [1, 3, 64])
  func greedyContinuations(_ name: String, _ width: Int) throws {
    let golden = try Golden(name)
    let rows = try #require(try golden.reference["greedy"] as? [[String: Any]])
    let tasks = try rows.map { row in
      GenerationTask(
        prompt: try #require(row["prompt"] as? [Int]).map { Int32($0) },
        maximumTokens: try #require(row["continuation"] as? [Int]).count, endIDs: [])
    }
    var answered = 0
    try Generator(try golden.model(), width: width).generate(tasks, shouldStop: { _, _ in false }) {
      index, ids in
      #expect(ids.map { Int($0) } == rows[index]["continuation"] as? [Int])
      answered += 1
    }
    #expect(answered == rows.count && answered > 0)
  }

  /// Texts of SmolLM2, dequantised to float32, that transformers wrote.
  @Test(
    .enabled(
      if: Fixtures.external("SPUNGE_GOLDENS") != nil && Fixtures.external("SPUNGE_MODELS") != nil))
  func greedyTexts() throws {
    struct Row: Decodable {
      let prompt: String
      let prompt_ids: [Int]
      let ids: [Int]
      let text: String
    }
    let goldens = try #require(Fixtures.external("SPUNGE_GOLDENS"))
    let models = try #require(Fixtures.external("SPUNGE_MODELS"))
    let data = try Data(contentsOf: goldens.appending(path: "smollm2/greedy.json"))
    struct File: Decodable { let completions: [Row] }
    let rows = try JSONDecoder().decode(File.self, from: data).completions
    let directory = try ModelDirectory.open(
      models.appending(path: "SmolLM2-135M-Instruct.Q4_1.gguf").path)
    let tokenizer = try TokenizerLoader.load(directory)
    let model = try DecoderInference(
      configuration: directory.configuration, checkpoint: directory.checkpoint,
      computeType: .float32)
    let end = Int32(2)
    let tasks = try rows.map { row in
      let prompt = try tokenizer.encode(row.prompt, addSpecial: false)
      #expect(prompt == row.prompt_ids)
      return GenerationTask(prompt: prompt.map { Int32($0) }, maximumTokens: 40, endIDs: [end])
    }
    var answered = 0
    try Generator(model).generate(tasks, shouldStop: { _, _ in false }) { index, ids in
      #expect(ids == rows[index].ids.map { Int32($0) }.filter { $0 != end })
      let text = try tokenizer.decode(ids.map { Int($0) }, skipSpecial: true)
      #expect(text == rows[index].text)
      answered += 1
    }
    #expect(answered == rows.count && answered > 10)
  }

  /// Issue: scores do not depend on company. Batch size, order, threads and memory: the same bits.
  @Test func bitsDoNotDependOnCompany() throws {
    let golden = try Golden("tiny-mistral")
    var random = SystemRandomNumberGenerator()
    let prefix = (0..<37).map { _ in Int32.random(in: 0..<512, using: &random) }
    let requests = (0..<60).map { index in
      let shared = prefix.prefix(index % 38)
      let own = (0..<(1 + index % 23)).map { _ in Int32.random(in: 0..<512, using: &random) }
      return ScoringRequest(tokens: [1] + shared + own, scored: min(own.count, 9))
    }
    let expected = try answers(requests, try golden.model())
    for batchTokens in [1, 5, 64] {
      #expect(try answers(requests, try golden.model(batchTokens: batchTokens)) == expected)
    }
    #expect(try answers(requests, try golden.model(keyValueBytes: 1)) == expected)
    let threads = ThreadCount.current
    defer { ThreadCount.set(threads) }
    for count in [1, 2, 5] {
      ThreadCount.set(count)
      #expect(try answers(requests, try golden.model()) == expected)
    }
    #expect(
      try answers(requests.reversed(), try golden.model()).reversed() == expected)
    for request in requests.indices {
      #expect(try answers([requests[request]], try golden.model()) == [expected[request]])
    }
  }

  private func answers(
    _ requests: [ScoringRequest], _ model: DecoderInference
  ) throws -> [ScoringAnswer] {
    var answers: [Int: ScoringAnswer] = [:]
    _ = try ContinuationScorer(model).score(requests) { answers[$0] = $1 }
    return try requests.indices.map { try #require(answers[$0]) }
  }
}
