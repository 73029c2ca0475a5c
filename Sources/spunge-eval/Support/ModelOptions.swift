import ArgumentParser
import Formats
import LanguageModels
import Spunge
import Tensors

/// Which model to run and how; shared by every command that runs a model.
struct ModelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Hugging Face folder, .gguf file, overlay or PEFT adapter.", valueName: "path"))
  var model: String

  @Option(help: "Path to an overlay's or adapter's base model, if it has moved.")
  var base: String?

  @Option(help: "Compute dtype of matrix multiplications.")
  var dtype: ComputeType = .float32

  @OptionGroup var engine: EngineOptions

  @Option(help: "Maximum tokens per batch (does not change float32 results).")
  var batchTokens: Int = 512

  @Option(help: "Maximum tokens of context and continuation (default: the model's limit).")
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

/// Which engine runs the networks; shared by every command that runs one.
struct EngineOptions: ParsableArguments {
  @Option(
    name: .customLong("engine"),
    help: "Compute engine: \(engines.map(\.name).joined(separator: ", ")).")
  var name = engines[0].name

  /// The engine of that name.
  var engine: any Engine { engines.first { $0.name == name } ?? engines[0] }

  func validate() throws {
    let names = engines.map(\.name)
    guard names.contains(name) else {
      throw ValidationError(
        "--engine: unknown engine '\(name.shown())'; engines: \(names.joined(separator: ", "))")
    }
  }
}

extension ModelDirectory {
  /// Opens the model at `path` and prints notes about anything unusual.
  static func opened(_ path: String) throws -> ModelDirectory { try open(path).noting() }

  /// Prints notes about anything unusual in the model.
  func noting() -> ModelDirectory {
    for remark in remarks { Notice.print(remark) }
    return self
  }
}

extension ComputeType: ExpressibleByArgument {}
