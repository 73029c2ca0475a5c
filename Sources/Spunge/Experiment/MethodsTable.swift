/// The catalogs' methods in human-readable form.
package enum MethodsTable {
  private struct Row {
    let kind: String
    let card: MethodCard
    let defaults: () throws -> String
  }

  private static var rows: [Row] {
    splitters.entries.map { .init(kind: "split", card: $0.card, defaults: $0.defaultSettings) }
      + unlearningMethods.entries.map {
        .init(kind: "unlearn", card: $0.card, defaults: $0.defaultSettings)
      }
      + mergeMethods.entries.map {
        .init(kind: "merge", card: $0.card, defaults: $0.defaultSettings)
      }
      + transforms.entries.map {
        .init(kind: "then", card: $0.card, defaults: $0.defaultSettings)
      }
  }

  /// The README's table: the names of each step's methods.
  package static var names: String {
    var lines = ["| step | methods |", "|---|---|"]
    for (title, kind) in [
      ("`split`", "split"), ("`unlearn`", "unlearn"), ("`merge`", "merge"),
      ("`score`: `then`", "then"),
    ] {
      let names = rows.filter { $0.kind == kind }.map { "`\($0.card.name)`" }
      lines.append("| \(title) | \(names.joined(separator: ", ")) |")
    }
    return lines.joined(separator: "\n")
  }

  /// The table of the page on methods.
  package static var markdown: String {
    let lines = rows.map { row in
      "| \(row.kind) | `\(row.card.name)` | \(row.card.summary) | \(row.card.reference) |"
    }
    return (["| step | name | what it does | source |", "|---|---|---|---|"] + lines)
      .joined(separator: "\n")
  }

  /// Every method with its settings and their defaults.
  package static func text() throws -> String {
    try rows.map { row in
      let defaults = try row.defaults().split(separator: "\n").map { "      \($0)" }
      return (["\(row.kind) \(row.card.name): \(row.card.summary)"] + defaults)
        .joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}
