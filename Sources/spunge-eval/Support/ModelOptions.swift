import ArgumentParser
import Formats
import LanguageModels
import Spunge
import Tensors

/// Which model, computed how: shared by every command that runs one.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hugging Face folder, .gguf file, overlay or PEFT adapter.", valueName: "path"))
  var model: String

  @Option(help: "Place of an overlay's or adapter's base, where it is not where it was.")
  var base: String?

  @Option(help: "Type that products are computed in.")
  var dtype: ComputeType = .float32

  @OptionGroup var engine: EngineOptions

  @Option(help: "Most tokens in one batch; no effect on float32 results.")
  var batchTokens: Int = 512

  @Option(help: "Most tokens of context and continuation (default: the model's own limit).")
  var maxLength: Int?

  @Option(help: "Threads (default: all processors).")
  var threads: Int?

  func validate() throws {
    try OptionRange.check("--batch-tokens", batchTokens, OptionRange.batchTokens)
    try OptionRange.check("--max-length", maxLength, OptionRange.tokens)
    try OptionRange.check("--threads", threads, OptionRange.threads)
  }

  func open() throws -> ModelDirectory {
    if let threads { ThreadCount.set(threads) }
    let (opened, remarks) = try ModelSource.open(model, base: base)
    for remark in remarks { Notice.print(remark) }
    return opened
  }

  var compute: ComputeOptions { ComputeOptions(dtype, batchTokens: batchTokens) }

  func causalLM(_ directory: ModelDirectory) throws -> any CausalLM {
    try engine.engine.causalLM(
      directory.configuration, weights: directory.checkpoint, compute: compute)
  }
}

/// Which engine runs the networks: shared by every command that runs one.
struct EngineOptions: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: "Engine that runs the networks: \(engines.map(\.name).joined(separator: ", ")).")
  var name = engines[0].name

  /// The engine of that name.
  var engine: any Engine { engines.first { $0.name == name } ?? engines[0] }

  func validate() throws {
    let names = engines.map(\.name)
    guard names.contains(name) else {
      throw ValidationError(
        "--engine: there is no '\(name.shown())'; engines: \(names.joined(separator: ", "))")
    }
  }
}

extension ModelDirectory {
  /// Opens the model at `path` and tells what is odd about it.
  static func opened(_ path: String) throws -> ModelDirectory { try open(path).noting() }

  /// Tells what is odd about the model.
  func noting() -> ModelDirectory {
    for remark in remarks { Notice.print(remark) }
    return self
  }
}

extension ComputeType: ExpressibleByArgument {}
