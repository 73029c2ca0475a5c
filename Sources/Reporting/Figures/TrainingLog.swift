import Evaluation
package import Formats

/// A training log: the quantities that a method logged at each step.
package struct TrainingLog: Sendable {
  /// One line of the log: numbers by name, `step` among them.
  package struct Row: Sendable, Decodable {
    fileprivate let numbers: [(name: String, value: Double)]
    /// Domain whose batch was used, for methods that alternate.
    fileprivate let domain: String?

    /// - Throws: `DecodingError` if the line is not an object or has no step.
    package init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      _ = try container.decode(Double.self, forKey: AnyKey(stringValue: "step"))
      numbers = container.allKeys.compactMap { key in
        (try? container.decode(Double.self, forKey: key)).map { (key.stringValue, $0) }
      }.sorted { $0.0 < $1.0 }
      domain = try? container.decode(String.self, forKey: AnyKey(stringValue: "domain"))
    }

    /// A row of a table; `nil` if it has no step.
    package init?(_ row: Document) {
      guard row.fields["step"]?.doubleValue != nil else { return nil }
      numbers = row.columns.compactMap { name in
        row.fields[name]?.doubleValue.map { (name, $0) }
      }.sorted { $0.0 < $1.0 }
      domain = row.fields["domain"]?.stringValue
    }

    fileprivate func value(_ name: String) -> Double? {
      numbers.first { $0.name == name }?.value
    }
  }

  private let name: String
  private let rows: [Row]

  /// - Parameter name: name of the trained model, for the figure's title.
  package init(name: String, rows: [Row]) {
    self.name = name
    self.rows = rows
  }

  /// One panel each for losses, norms, cosines and the learning rate, if the log has them; `nil` if it has none.
  package var chart: LineChart? {
    let panels = Self.kinds.compactMap(panel)
    return panels.isEmpty ? nil : LineChart(title: "\(name): training", panels: panels)
  }

  private static let kinds: [(suffix: String, title: String)] = [
    ("loss", "Losses"), ("norm", "Norms"), ("cosine", "Cosines"), ("rate", "Learning rate"),
  ]

  private func panel(suffix: String, title: String) -> LineChart.Panel? {
    var names: [String] = []
    for name in rows.flatMap({ $0.numbers.map(\.name) })
    where name.lowercased().hasSuffix(suffix) && !names.contains(name) { names.append(name) }
    let domains = Self.distinct(rows.map(\.domain))
    let series = names.flatMap { name in
      domains.map { domain in
        let label = domains.count > 1 ? "\(Self.words(name)), \(domain ?? "no domain")" : nil
        return LineChart.Series(
          name: label ?? Self.words(name),
          points: rows.filter { $0.domain == domain }.compactMap { row in
            row.value("step").map { .init(x: $0, y: row.value(name)) }
          })
      }
    }
    guard !series.isEmpty else { return nil }
    let values = series.flatMap { $0.points.compactMap(\.y) }.filter(\.isFinite)
    let isWide =
      suffix == "loss" && (values.min() ?? 0) > 0
      && (values.max() ?? 0) > 50 * (values.min() ?? 0)
    return LineChart.Panel(
      title: title, x: .init("step"), y: .init(suffix, isLogarithmic: isWide), series: series)
  }

  private static func distinct(_ domains: [String?]) -> [String?] {
    var result: [String?] = []
    for domain in domains where !result.contains(domain) { result.append(domain) }
    return result
  }

  /// `forgetLoss` and `forget_loss` as `forget loss`.
  private static func words(_ name: String) -> String {
    var words = ""
    for character in name {
      if character == "_" {
        words += " "
      } else if character.isUppercase {
        words += " " + character.lowercased()
      } else {
        words.append(character)
      }
    }
    return words
  }
}

/// Any key of a JSON object.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { return nil }
}
