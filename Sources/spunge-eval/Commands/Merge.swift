import ArgumentParser
import LanguageModels
import Spunge
import Tensors

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merges fine-tuned or unlearned models of one base into a Hugging Face folder.",
    discussion: """
      Example:
        spunge-eval merge --method ties --set density=0.2 --set dialect=authors \\
          --base base --part unlearned-a --part unlearned-b --output merged
      """)

  @Option(help: "Merge method; see 'spunge-eval methods'.") var method = "ties"
  @Option(help: ArgumentHelp("A setting of the method; may be repeated.", valueName: "key=value"))
  var set: [String] = []
  @Option(help: "Hugging Face folder or .gguf file that the parts were made from.") var base: String
  @Option(help: "A model to merge; repeat for each.") var part: [String]
  @Option(help: "Folder to write; must not exist.") var output: String
  @Option(help: "Type of the written weights: F32, BF16 or F16 (default: the base's).")
  var outDtype: FloatFormat?

  func run() throws {
    let merger = try mergeMethods.method(method, assignments: set)
    let base = try ModelDirectory.open(base)
    let deltas = try part.map { path in
      ParameterDelta(
        name: path,
        checkpoint: try DifferenceCheckpoint(
          name: path, base: base.checkpoint, tuned: try ModelDirectory.open(path).checkpoint))
    }
    let merged = try CheckpointMerger(base: base.checkpoint, method: merger).merge(deltas)
    for remark in try ModelWriter.write(merged, like: base, to: output, format: outDtype) {
      Notice.print(remark)
    }
  }
}

extension FloatFormat: ExpressibleByArgument {
  public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
