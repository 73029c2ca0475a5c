import ArgumentParser
import Evaluation
import Formats
import Foundation
import Spunge

struct Select: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Selects rows of a data set by a rule and writes them as forget files or prompts.",
    discussion: """
      Rows become {"text", "group", "label"}; skipped rows and the groups' names are reported on standard error. \
      The paper's selections:

        spunge-eval select --prompts annotated_train.csv --rule 'toxicity_human >= 3' \\
          --groups mexican women muslim lgbtq physical_dis --output forget.jsonl
        spunge-eval select --prompts annotated_train.csv --rule 'toxicity_human == 5' \\
          --attribute kind=implicit --output implicit.jsonl
        spunge-eval select --source civil_comments --prompts train.parquet \\
          --rule 'severe_toxicity > 0.35' --attribute kind=explicit --output explicit.jsonl
      """)

  @OptionGroup var file: PromptFileOptions
  @Option(
    help: ArgumentHelp("A column to add to every row; may be repeated.", valueName: "name=value"))
  var attribute: [String] = []
  @Option(help: "JSON Lines file to write, or - for standard output.") var output = "-"

  func run() throws {
    let attributes = try attributes()
    let out = try JSONLinesOutput(path: output, inputs: [file.prompts])
    let found = try PromptSet(
      path: file.prompts, source: try PromptSource.named(file.source),
      selection: PromptSelection(
        rule: try file.selectionRule(), groups: file.groupNames, limit: file.limit))
    let writer = SelectedRowWriter(attributes: attributes)
    for prompt in found.prompts { try out.write(writer.line(prompt)) }
    try out.finish()
    found.notes.forEach(Notice.print)
  }

  private func attributes() throws -> [String: String] {
    var attributes: [String: String] = [:]
    for assignment in attribute {
      let parts = assignment.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !["text", "group", "label"].contains(parts[0]) else {
        throw ValidationError(
          "--attribute must be name=value with a name other than text, group and label, not '\(assignment)'"
        )
      }
      attributes[parts[0]] = parts[1]
    }
    return attributes
  }
}

/// Writes rows with their columns sorted by name; columns without a value are left out.
private struct SelectedRowWriter {
  private enum Value {
    case text, group, label
    case constant(String)
  }
  /// Names as JSON has them, the colon included.
  private let columns: [(name: [UInt8], value: Value)]

  init(attributes: [String: String]) {
    let all: [(String, Value)] =
      [("text", .text), ("group", .group), ("label", .label)]
      + attributes.map { ($0.key, .constant($0.value)) }
    columns = all.sorted { $0.0 < $1.0 }.map { name, value in
      var bytes: [UInt8] = []
      JSONText.append(name, to: &bytes)
      return (bytes + [UInt8(ascii: ":")], value)
    }
  }

  func line(_ prompt: ToxicityPrompt) -> [UInt8] {
    var bytes: [UInt8] = []
    for column in columns {
      guard let text = text(column.value, of: prompt) else { continue }
      bytes.append(UInt8(ascii: bytes.isEmpty ? "{" : ","))
      bytes.append(contentsOf: column.name)
      JSONText.append(text, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }

  private func text(_ value: Value, of prompt: ToxicityPrompt) -> String? {
    switch value {
    case .text: prompt.text
    case .group: prompt.groups.isEmpty ? nil : prompt.groups.joined(separator: " + ")
    case .label: prompt.isToxic.map { $0 ? "toxic" : "benign" }
    case .constant(let text): text
    }
  }
}
