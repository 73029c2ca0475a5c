import ArgumentParser
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merges fine-tuned or unlearned models of one base into a Hugging Face folder.",
    discussion: """
      A part is a model, an overlay or a PEFT adapter of the base; low-rank changes are multiplied piece by piece and
      never held whole. --negate is for parts that learned what is to be forgotten.

      Example:
        spunge-eval merge --method ties --set density=0.2 --set dialect=authors \\
          --base base --part unlearned-a --part unlearned-b --output merged
      """)

  @Option(help: "Merge method; see 'spunge-eval methods'.") var method = "ties"
  @Option(help: ArgumentHelp("A setting of the method; may be repeated.", valueName: "key=value"))
  var set: [String] = []
  @Option(help: "Hugging Face folder or .gguf file that the parts were made from.") var base: String
  @Option(help: "A model, overlay or adapter to merge; repeat for each.") var part: [String]
  @OptionGroup var result: ModelOutput
  @Option(help: "Negate the parts before they are merged, or what was merged: before or after.")
  var negate: Negation?
  @Option(
    help:
      "Also write norms, sign conflicts, trimmed shares and cosines of every tensor: .json or .csv."
  )
  var diagnostics: String?
  @Option(help: "Threads (default: all processors).") var threads: Int?

  enum Negation: String, ExpressibleByArgument, CaseIterable { case before, after }

  func validate() throws {
    try OptionRange.check("--threads", threads, OptionRange.threads)
    guard let diagnostics else { return }
    guard ["json", "csv"].contains((diagnostics as NSString).pathExtension) else {
      throw ValidationError("--diagnostics must end in .json or .csv")
    }
  }

  func run() throws {
    try ModelOutput.check(folders: [result.output], files: [diagnostics], inputs: [base] + part)
    if let threads { ThreadCount.set(threads) }
    let method = try mergeMethods.method(method, assignments: set)
    let original = try ModelDirectory.opened(base)
    try original.checkpoint.requireFinite()
    var (parts, base) = try MergePart.open(part, base: original)
    if negate != nil { parts = parts.map(\.negated) }
    let merger = CheckpointMerger(
      base: base.checkpoint, method: method,
      order: negate == .after ? .mergeThenNegate : .negateThenMerge)
    let summary = try diagnostics.map {
      try DiagnosticsOutput.write(try merger.diagnostics(parts), to: $0)
    }
    try result.write(try merger.delta(parts), on: base) {
      try Provenance(
        step: "merge", method: method, inputs: try ModelOutput.inputs(part, role: "part"))
    }
    // Last, since whoever reads it may be gone: the model is there then.
    if let summary { try Output.print(summary) }
  }
}
