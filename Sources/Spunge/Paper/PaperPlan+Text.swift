import Foundation
import Tensors

extension PaperPlan {
  /// The plan as text: each experiment's needs, work, memory and disk; the total; what is missing.
  package var text: String {
    (entries.map(text) + [summary, missingText]).filter { !$0.isEmpty }
      .joined(separator: "\n\n")
  }

  // MARK: Experiments

  private func text(_ entry: Entry) -> String {
    let combinations =
      entry.taken == entry.combinations
      ? "\(entry.combinations) combinations"
      : "the first of \(entry.combinations) combinations"
    var lines = [
      "\(entry.experiment.name) (\(entry.experiment.places.text))",
      "  \(combinations)",
    ]
    lines += entry.needs.filter { $0.role != PaperNeed.questions }.map { need in
      Self.line(
        need.role, need.name, need.bytes.map(Self.size) ?? "", need.isThere ? "there" : "missing")
    }
    let questions = entry.needs.filter { $0.role == PaperNeed.questions }
    let absent = questions.count { !$0.isThere }
    if !questions.isEmpty {
      lines.append(
        Self.line(
          PaperNeed.questions, "data sets of the benchmarks: \(questions.count)", "",
          absent == 0 ? "there" : "\(absent) missing"))
    }
    lines += work(entry)
    let shared =
      entry.shared == 0 ? "" : "; steps shared with experiments above: \(entry.shared)"
    if let model = entry.unknownModel {
      lines.append(
        "  no estimate of time, memory and disk: '\(model)' is none of the paper's models")
    } else {
      lines.append(
        "  \(Self.hours(entry.seconds)), \(Self.size(entry.memoryBytes)) of memory, "
          + "\(Self.size(entry.deltaBytes)) for what changed" + shared)
    }
    return lines.joined(separator: "\n")
  }

  private static func line(
    _ role: String, _ name: String, _ size: String, _ state: String
  ) -> String {
    columns([("  " + role, 14, false), (name, 42, false), (size, 9, true), (state, 11, true)])
  }

  /// Steps of one name as one line.
  private func work(_ entry: Entry) -> [String] {
    var names: [String] = []
    for step in entry.steps {
      let name = Self.group(step.name)
      if !names.contains(name) { names.append(name) }
    }
    return names.map { name in
      let steps = entry.steps.filter { Self.group($0.name) == name }
      let tokens = steps.reduce(0) { $0 + $1.tokens }
      return Self.columns(
        [
          ("  " + name, 44, false),
          (steps.count == 1 ? "" : "\(steps.count) ×", 6, true),
          (tokens == 0 ? "" : String(format: "%.2f M tokens", Double(tokens) / 1e6), 16, true),
          (Self.hours(steps.reduce(0) { $0 + $1.seconds }), 11, true),
        ])
    }
  }

  /// `score rmu / arc_easy` → `score rmu`.
  private static func group(_ step: String) -> String {
    step.components(separatedBy: " / ")[0]
  }

  // MARK: Sums

  private var summary: String {
    let seconds = entries.reduce(0) { $0 + $1.seconds }
    var bytes: [String: Int] = [:]
    for need in entries.flatMap(\.needs) where !need.isThere {
      bytes[need.source?.commands.first ?? need.name] = need.source?.bytes ?? 0
    }
    let deltas = entries.reduce(0) { $0 + $1.deltaBytes }
    let memory = entries.map(\.memoryBytes).max() ?? 0
    var lines = [
      "Together: \(Self.hours(seconds)) on this machine (\(speed.text(.bfloat16)) of bfloat16 measured), "
        + "\(Self.size(memory)) of memory,",
      "  disk: \(Self.size(bytes.values.reduce(0, +))) to download, \(Self.size(deltas)) in the work folder.",
    ]
    if entries.contains(where: \.isEstimate) {
      lines.append(
        "  Where files are missing, sizes are the models' published ones and numbers of tokens are estimates."
      )
    }
    if entries.contains(where: { $0.taken < $0.combinations }) {
      lines.append(
        "  Settings that the paper omits are lists in the experiment file; --search runs every combination."
      )
    }
    return lines.joined(separator: "\n")
  }

  /// What is missing, with the commands to get it, without duplicates.
  package var missingText: String {
    var given: Set<String> = []
    let parts = missing.map { need in
      let size = need.source?.bytes.map { " (\(Self.size($0)))" } ?? ""
      let note = need.source.map { $0.note.isEmpty ? "" : "; " + $0.note } ?? ""
      guard let source = need.source else {
        return "  \(need.name): put the file there, or change the experiment file"
      }
      let commands = source.commands.filter { given.insert($0).inserted }
      return (["  # \(need.name)\(size)\(note)"] + commands.map { "  " + $0 })
        .joined(separator: "\n")
    }
    return parts.isEmpty
      ? "Nothing is missing."
      : (["Missing, with the commands to get it:"] + parts).joined(separator: "\n")
  }

  // MARK: Numbers

  private static func columns(_ cells: [(text: String, width: Int, isRight: Bool)]) -> String {
    let line = cells.map { cell in
      let space = String(repeating: " ", count: max(0, cell.width - cell.text.count))
      return cell.isRight ? space + cell.text : cell.text + space
    }.joined(separator: " ")
    return String(line.reversed().drop { $0 == " " }.reversed())
  }

  private static func hours(_ seconds: Double) -> String {
    let hours = seconds / 3600
    return switch hours {
    case ..<0.1: String(format: "%.0f min", (seconds / 60).rounded(.up))
    case ..<10: String(format: "%.1f h", hours)
    default: String(format: "%.0f h", hours)
    }
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000_000
      ? String(format: "%.1f MB", Double(bytes) / 1e6)
      : String(format: "%.1f GB", Double(bytes) / 1e9)
  }
}
