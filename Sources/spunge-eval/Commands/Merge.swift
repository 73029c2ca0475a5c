import ArgumentParser
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Merge: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Merges models fine-tuned or unlearned from one base into a Hugging Face folder.",
    discussion: """
      A part is a model, an overlay or a PEFT adapter of the base; low-rank updates are expanded piece by piece, \
      never as a whole. Use --negate for parts that were trained on the text to forget.

      Example:
        spunge-eval merge --method ties --set density=0.2 --set dialect=authors \\
          --base base --part unlearned-a --part unlearned-b --output merged
      """)

  @Option(help: "Merge method; see 'spunge-eval methods'.") var method = "ties"
  @Option(help: ArgumentHelp("A setting of the method; may be repeated.", valueName: "key=value"))
  var set: [String] = []
  @Option(help: "Hugging Face folder or .gguf file that the parts were made from.") var base: String
  @Option(help: "A model, overlay or adapter to merge; repeat for each part.") var part: [String]
  @OptionGroup var result: ModelOutput
  @Option(help: "Negate the task vectors before merging, or the merged one afterwards.")
  var negate: Negation?
  @Option(
    help:
      "Also write each tensor's norms, sign conflicts, trimmed fractions and cosines (.json or .csv)."
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
    // Printed last: if standard output is closed, the model has been written all the same.
    if let summary { try Output.print(summary) }
  }
}
