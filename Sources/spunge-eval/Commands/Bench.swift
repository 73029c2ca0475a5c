import ArgumentParser
import Formats
import Foundation
import LanguageModels
import Tensors

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures scoring and generation throughput against the matrix-multiplication peak.",
    discussion: """
      Example:
        spunge-eval bench --model model.gguf --dtype bfloat16
      """)

  @OptionGroup var options: ModelOptions
  @Option(help: "Number of questions, with four choices each.") var questions = 100
  @Option(help: "Tokens per question.") var contextTokens = 60
  @Option(help: "Tokens per choice.") var choiceTokens = 8
  @Flag(help: "Print one JSON object.") var json = false

  struct Result: Codable {
    var dtype: String
    var threads: Int
    /// Peak of multiplying 512 rows by a [2048, 2048] weight matrix on all threads; 10⁹ operations per second.
    var peakGFLOPS: Double
    /// The same product in float32 on one thread, by OpenBLAS and by our kernels.
    var openBLASGFLOPS: Double
    var oneThreadGFLOPS: Double
    var loadSeconds: Double
    var forestTokens: Int
    var requestTokens: Int
    var forestTokensPerSecond: Double
    /// Useful operations (2 × parameters used) per second, as a fraction of the peak.
    var shareOfPeak: Double
    var generatedTokensPerSecond: Double
    var residentMiB: Double
    var weightsMiB: Double
  }

  func validate() throws {
    try OptionRange.check("--questions", questions, 1...100_000)
    try OptionRange.check("--context-tokens", contextTokens, OptionRange.tokens)
    try OptionRange.check("--choice-tokens", choiceTokens, OptionRange.tokens)
  }

  func run() throws {
    let started = ContinuousClock.now
    let directory = try options.open()
    let model = try options.causalLM(directory)
    let load = ContinuousClock.now - started
    let peak = try MatrixProductPeak.measure(options.dtype) / 1e9
    let beside = MatrixProductPeak.besideOpenBLAS()
    let (scoring, seconds) = try score(model, directory.configuration)
    let configuration = directory.configuration
    let used = configuration.blockElements
    let head = configuration.vocabularySize * configuration.hiddenSize
    let operations =
      2.0 * (Double(scoring.forestTokens) * Double(used) + Double(scoring.logitRows) * Double(head))
    let generated = try generate(model, configuration)
    let result = Result(
      dtype: options.dtype.rawValue, threads: ThreadCount.current, peakGFLOPS: peak,
      openBLASGFLOPS: beside.openBLAS / 1e9, oneThreadGFLOPS: beside.ours / 1e9,
      loadSeconds: load.seconds, forestTokens: scoring.forestTokens,
      requestTokens: scoring.requestTokens,
      forestTokensPerSecond: Double(scoring.forestTokens) / seconds,
      shareOfPeak: operations / seconds / 1e9 / peak, generatedTokensPerSecond: generated,
      residentMiB: ResidentMemory.peakMiB,
      weightsMiB: Double(used + 2 * head) * (options.dtype == .float32 ? 4 : 2) / 1_048_576)
    try printResult(result)
  }

  private func printResult(_ result: Result) throws {
    guard !json else {
      try Output.print(json: JSON.text(result, pretty: false))
      return
    }
    func line(_ name: String, _ value: Double, _ digits: Int, _ unit: String) throws {
      let number = String(format: "%.\(digits)f", value)
      try Output.print(
        name.padding(toLength: 26, withPad: " ", startingAt: 0) + number + " " + unit)
    }
    try Output.print("\(result.dtype), \(result.threads) threads")
    try line("matrix-product peak", result.peakGFLOPS, 0, "GFLOP/s")
    try line("float32, one thread", result.oneThreadGFLOPS, 0, "GFLOP/s")
    try line("  OpenBLAS", result.openBLASGFLOPS, 0, "GFLOP/s")
    try line("load and pack", result.loadSeconds, 2, "s")
    try line("scoring", result.forestTokensPerSecond, 0, "forest tokens/s")
    try line("  share of the peak", result.shareOfPeak * 100, 1, "%")
    let shared = Double(result.requestTokens) / Double(max(result.forestTokens, 1))
    try line("  request tokens shared", shared, 2, "×")
    try line("generation", result.generatedTokensPerSecond, 0, "tokens/s")
    try line("peak resident memory", result.residentMiB, 0, "MiB")
    try line("  of which packed weights", result.weightsMiB, 0, "MiB (less is mapped)")
  }

  private func score(
    _ model: any CausalLM, _ configuration: DecoderConfiguration
  ) throws -> (ScoringStatistics, Double) {
    var random = RandomSource(seed: 1)
    let vocabulary = Int32(configuration.vocabularySize)
    let ids = { (count: Int) in
      (0..<count).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
    }
    let requests = (0..<questions).flatMap { _ in
      let context = ids(contextTokens)
      return (0..<4).map { _ in
        ScoringRequest(tokens: context + ids(choiceTokens), scored: choiceTokens)
      }
    }
    _ = try model.score(Array(requests.prefix(40))) { _, _ in }  // warm-up
    let start = ContinuousClock.now
    let statistics = try model.score(requests) { _, _ in }
    return (statistics, (ContinuousClock.now - start).seconds)
  }

  private func generate(
    _ model: any CausalLM, _ configuration: DecoderConfiguration
  ) throws -> Double {
    let tasks = (0..<32).map { index in
      GenerationTask(
        prompt: (0..<16).map { Int32(($0 * 131 + index * 17) % configuration.vocabularySize) },
        maximumTokens: 32, endIDs: [])
    }
    let start = ContinuousClock.now
    var count = 0
    try model.generate(tasks, shouldStop: { _, _ in false }) { count += $1.count }
    return Double(count) / (ContinuousClock.now - start).seconds
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
