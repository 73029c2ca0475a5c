import ArgumentParser
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes an overlay as a complete Hugging Face folder that transformers can load.",
    discussion: """
      An overlay stores a model as changes to a base model: 'unlearn --overlay', 'merge --overlay' and the steps in \
      the work folder of 'run' write overlays. The base must be byte-identical to the one the overlay was made from.

      Example:
        spunge-eval export unlearned --output unlearned-whole --out-dtype BF16
      """)

  @Argument(help: "Folder of the overlay.") var overlay: String
  @Option(help: "Path to the base model, if it has moved.") var base: String?
  @Option(help: "Folder to write; must not exist.") var output: String
  @Option(help: "Dtype of the written weights: F32, BF16 or F16 (default: the base's).")
  var outDtype: FloatFormat?
  @Option(help: ArgumentHelp("Maximum size of a weights file.", valueName: "bytes"))
  var shardBytes = 5_000_000_000

  func validate() throws {
    try OptionRange.check("--shard-bytes", shardBytes, OptionRange.bytes)
  }

  func run() throws {
    try ModelOutput.check(folders: [output])
    guard ModelOverlay.isOverlay(overlay) else {
      throw ValidationError(
        AdapterFile.isAdapter(overlay)
          ? "'\(overlay)' is a PEFT adapter; merge it into its base with 'merge --method task_arithmetic "
            + "--base BASE --part \(overlay)'"
          : "'\(overlay)' has no overlay.json; give an overlay's folder")
    }
    let opened = try ModelOverlay.open(overlay, base: base)
    let model = try opened.model()
    let card = ModelCard.text(
      name: URL(filePath: output).lastPathComponent, base: opened.record.base,
      provenance: opened.record.provenance)
    let remarks = try ModelWriter.write(
      model.checkpoint, like: opened.base, to: output, format: outDtype,
      maximumShardBytes: shardBytes, card: card)
    for remark in remarks { Notice.print(remark) }
  }
}
