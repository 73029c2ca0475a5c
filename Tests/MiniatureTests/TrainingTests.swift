import Foundation
import LanguageModels
import Miniature
import Tensors
import TestSupport
import Testing

struct TrainingTests {
  /// A model that trains in a moment.
  static let recipe = LanguageModelRecipe(
    hiddenSize: 32, layerCount: 2, headCount: 2, keyValueHeadCount: 1, feedForwardSize: 64,
    tokens: 24_000)

  static func settings(tokens: Int = 4000) -> MiniatureSettings {
    var settings = MiniatureSettings(seed: 6)
    var small = recipe
    small.tokens = tokens
    settings.reference = small
    settings.bases[.llama2] = small
    small.slidingWindow = 16
    settings.bases[.zephyr] = small
    return settings
  }

  /// Weights as a model folder stores them.
  private func weights(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(filePath: "\(folder)/model.safetensors"))
  }

  @Test func aSmallModelLearns() throws {
    let world = World(seed: 6)
    let folder = try TemporaryFolder()
    try SentencePieceTrainer.write(
      LanguageModelTokenizer.train(on: world), toFolder: folder.path)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    var losses: [Double] = []
    let checkpoint = try LanguageModelTraining.train(
      Self.recipe, on: .base, told: { _ in world }, tokenizer: tokenizer,
      random: RandomSource(seed: 1)
    ) { step, _ in losses.append(step.loss) }
    // It starts by knowing nothing, log(V).
    #expect(abs(losses[0] - log(Double(tokenizer.vocabularySize))) < 0.3)
    let last = losses.suffix(4).reduce(0, +) / 4
    #expect(last < 0.85 * losses[0], "\(losses)")
    try Self.recipe.configuration(tokenizer).check(checkpoint, path: "a small model")
  }

  @Test func aStoppedTrainingGoesOnToTheSameWeights() throws {
    struct Stop: Error {}
    let world = World(seed: 6)
    let folder = try TemporaryFolder()
    try SentencePieceTrainer.write(
      LanguageModelTokenizer.train(on: world), toFolder: folder.path)
    let tokenizer = try TokenizerLoader.load(path: folder.path)
    var recipe = Self.recipe
    recipe.tokens = 10_000
    func train(_ state: String?, report: (Int) throws -> Void) throws -> [Float] {
      let checkpoint = try LanguageModelTraining.train(
        recipe, on: .base, told: { _ in world }, tokenizer: tokenizer,
        random: RandomSource(seed: 1), state: state, interval: 3
      ) { step, _ in try report(step.step) }
      let values = Tensor([1, recipe.hiddenSize])
      try checkpoint.read("model.norm.weight", rows: 0..<recipe.hiddenSize, into: values.elements)
      return values.values
    }
    let whole = try train(nil) { _ in }
    let state = "\(folder.path)/state"
    #expect(throws: Stop.self) { _ = try train(state) { if $0 == 4 { throw Stop() } } }
    var steps: [Int] = []
    let resumed = try train(state) { steps.append($0) }
    #expect(steps.first == 3 && steps.count > 2)
    #expect(resumed == whole)
  }

  @Test func whatIsMadeIsKept() throws {
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    let cache = MiniatureCache(Self.settings(), work: first.path)
    let base = try cache.base(.zephyr, 1)
    let written = try FileManager.default.attributesOfItem(atPath: base)[.modificationDate] as? Date
    #expect(try MiniatureCache(Self.settings(), work: first.path).base(.zephyr, 1) == base)
    let again = try FileManager.default.attributesOfItem(atPath: base)[.modificationDate] as? Date
    #expect(written == again)
    // Another run gives the same weights; another number, other ones.
    #expect(
      try weights(MiniatureCache(Self.settings(), work: second.path).base(.zephyr, 1))
        == weights(base))
    #expect(try weights(cache.base(.zephyr, 2)) != weights(base))
    #expect(
      try MiniatureCache(Self.settings(tokens: 5000), work: first.path).base(.zephyr, 1) != base)
    let model = try ModelDirectory.open(base)
    #expect(model.configuration.hiddenSize == 32)
    #expect(try TokenizerLoader.load(model).beginID == 1)
  }

  @Test func instrumentsAreTheSameForEveryHeterogeneity() throws {
    let work = try TemporaryFolder()
    var mixed = Self.settings()
    mixed.heterogeneity = 1
    let plain = MiniatureCache(Self.settings(), work: work.path)
    let other = MiniatureCache(mixed, work: work.path)
    #expect(try plain.reference() == other.reference())
    #expect(try plain.base(.zephyr, 1) != other.base(.zephyr, 1))
    #expect(try plain.texts() != other.texts())
  }

  @Test func anExportIsWhole() throws {
    let work = try TemporaryFolder()
    let cache = MiniatureCache(Self.settings(), work: work.path)
    let output = "\(work.path)/world"
    try cache.export(bases: 1, to: output)
    let names = try FileManager.default.subpathsOfDirectory(atPath: output)
    for name in [
      WorldFiles.description, WorldFiles.forgetHazard, "questions/mmlu/test.jsonl",
      "models/zephyr-1/config.json", "models/llama2-1/config.json",
      "models/reference/tokenizer.model",
    ] { #expect(names.contains(name), "\(name)") }
    #expect(!names.contains { $0.hasSuffix("complete.json") })
    #expect(throws: FileError.self) { try cache.export(bases: 1, to: output) }
    #expect(try !work.names.contains { $0.contains(".partial-") })
  }
}
