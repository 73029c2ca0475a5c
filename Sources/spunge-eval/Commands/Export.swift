import ArgumentParser
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes an overlay as a whole Hugging Face folder that transformers loads.",
    discussion: """
      An overlay is a model kept as its base plus what changed: 'unlearn --overlay', 'merge --overlay' and the steps
      of 'run' in its work folder are overlays. Its base must be the one that it was made from, to the byte.

      Example:
        spunge-eval export unlearned --output unlearned-whole --out-dtype BF16
      """)

  @Argument(help: "Folder of the overlay.") var overlay: String
  @Option(help: "Place of the base, where it is not where it was.") var base: String?
  @Option(help: "Folder to write; must not exist.") var output: String
  @Option(help: "Type of the written weights: F32, BF16 or F16 (default: the base's).")
  var outDtype: FloatFormat?
  @Option(help: ArgumentHelp("Most bytes in one file of weights.", valueName: "bytes"))
  var shardBytes = 5_000_000_000

  func validate() throws {
    try OptionRange.check("--shard-bytes", shardBytes, OptionRange.bytes)
  }

  func run() throws {
    try ModelOutput.check(folders: [output])
    guard ModelOverlay.isOverlay(overlay) else {
      throw ValidationError(
        AdapterFile.isAdapter(overlay)
          ? "'\(overlay)' is a PEFT adapter; write it as a whole model with 'merge --method task_arithmetic "
            + "--base BASE --part \(overlay)'"
          : "'\(overlay)' has no overlay.json; give a folder that holds one")
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
