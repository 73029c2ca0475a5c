import ArgumentParser
import Evaluation
import Foundation
import Spunge

struct Select: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Writes the rows of a data set that a rule chooses, as files to forget or to prompt with.",
    discussion: """
      Rows become {"text", "group", "label"}; what is left out, and how groups are spelled, is said on \
      standard error. The paper's choices:

        spunge-eval select --prompts annotated_train.csv --rule 'toxicity_human >= 3' \\
          --groups mexican women muslim lgbtq physical_dis --output forget.jsonl
        spunge-eval select --prompts annotated_train.csv --rule 'toxicity_human == 5' \\
          --attribute kind=implicit --output implicit.jsonl
        spunge-eval select --source civil_comments --prompts train.parquet \\
          --rule 'severe_toxicity > 0.35' --attribute kind=explicit --output explicit.jsonl
      """)

  @OptionGroup var file: PromptFileOptions
  @Option(
    help: ArgumentHelp("A column that all rows get; may be repeated.", valueName: "name=value"))
  var attribute: [String] = []
  @Option(help: "JSON Lines to write; - for standard output.") var output = "-"

  func run() throws {
    let attributes = try attributes()
    let out = try JSONLinesOutput(path: output)
    let found = try PromptSet(
      path: file.prompts, source: try PromptSource.named(file.source),
      selection: PromptSelection(
        rule: try file.selectionRule(), groups: file.groupNames, limit: file.limit))
    for (index, prompt) in found.prompts.enumerated() {
      var row = attributes
      row["text"] = prompt.text
      row["group"] = prompt.groups.isEmpty ? nil : prompt.groups.joined(separator: " + ")
      row["label"] = prompt.isToxic.map { $0 ? "toxic" : "benign" }
      try out.put(index, row)
    }
    try out.finish()
    found.notes.forEach(Notice.print)
  }

  private func attributes() throws -> [String: String] {
    var attributes: [String: String] = [:]
    for assignment in attribute {
      let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !["text", "group", "label"].contains(parts[0]) else {
        throw ValidationError(
          "--attribute wants name=value with a name other than text, group and label, not '\(assignment)'"
        )
      }
      attributes[parts[0]] = parts[1]
    }
    return attributes
  }
}
