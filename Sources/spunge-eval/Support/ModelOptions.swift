import ArgumentParser
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

  func inference(_ directory: ModelDirectory) throws -> LlamaInference {
    try LlamaInference(
      configuration: directory.configuration, checkpoint: directory.checkpoint,
      computeType: dtype, batchTokens: batchTokens)
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
