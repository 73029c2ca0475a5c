/// Heat maps of merge diagnostics, from the JSON written by `merge --diagnostics`.
package struct MergeFigures: Sendable, Decodable {
  private let method: String
  private let parts: [String]
  private let rows: [Row]

  /// One tensor.
  private struct Row: Sendable, Decodable {
    let block: Int?
    let module: String
    let norms: [Double]
    let conflicts: Double
    let conflictsLeft: Double
    let trimmed: [Double?]
    let cosines: [[Double?]]
  }

  /// Sign conflicts before and after trimming, trimmed shares and lengths of the parts' changes by
  /// block and module; cosines between the parts.
  package var figures: [ScoreFigures.Figure] {
    guard !rows.isEmpty else { return [] }
    return [
      figure(
        "sign-conflicts", "Sign conflicts", "share of elements that some parts raise, others lower",
        { $0.conflicts }),
      figure(
        "sign-conflicts-left", "Sign conflicts after trimming",
        "the same after what \(method) trims or drops", { $0.conflictsLeft }),
      figure("trimmed", "Trimmed share", "share of the parts' changes set to zero, mean of parts") {
        let known = $0.trimmed.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
      },
      normFigure, cosineFigure,
    ]
  }

  /// Names in order of appearance.
  private var modules: [String] {
    var names: [String] = []
    for row in rows where !names.contains(row.module) { names.append(row.module) }
    return names
  }

  /// Blocks in order; tensors outside of blocks come first.
  private var blocks: [Int?] {
    let none: [Int?] = rows.contains { $0.block == nil } ? [nil] : []
    return none + Set(rows.compactMap(\.block)).sorted().map { Optional($0) }
  }

  private func figure(
    _ name: String, _ title: String, _ note: String, _ value: (Row) -> Double?
  ) -> ScoreFigures.Figure {
    let values = table(value)
    let greatest = values.joined().compactMap { $0 }.max() ?? 0
    let chart = HeatMap(
      title: title, rows: blocks.map(Self.label), columns: modules.map(Self.short), values: values,
      unit: .percent, ramp: .sequential(0...max(greatest, 0.01)), note: note)
    return ScoreFigures.Figure(name: name, chart: chart)
  }

  private var normFigure: ScoreFigures.Figure {
    let values = table { row in
      row.norms.isEmpty ? nil : row.norms.reduce(0, +) / Double(row.norms.count)
    }
    let greatest = values.joined().compactMap { $0 }.max() ?? 0
    let chart = HeatMap(
      title: "Lengths of the parts' changes", rows: blocks.map(Self.label),
      columns: modules.map(Self.short), values: values, unit: .plain,
      ramp: .sequential(0...max(greatest, 1e-12)), note: "Euclidean length, mean of parts")
    return ScoreFigures.Figure(name: "norms", chart: chart)
  }

  /// One value per block and module; `nil` if the parts change nothing.
  private func table(_ value: (Row) -> Double?) -> [[Double?]] {
    let names = modules
    return blocks.map { block in
      names.map { name in
        rows.first { $0.block == block && $0.module == name }.flatMap(value)
      }
    }
  }

  /// The whole models' cosine: tensors' products are summed, and so are squared lengths.
  private var cosineFigure: ScoreFigures.Figure {
    let values = parts.indices.map { first in
      parts.indices.map { second in cosine(first, second) }
    }
    let chart = HeatMap(
      title: "Cosine between the parts' changes", rows: parts, columns: parts, values: values,
      unit: .plain, ramp: .diverging(limit: 1), note: "over all tensors")
    return ScoreFigures.Figure(name: "cosines", chart: chart)
  }

  private func cosine(_ first: Int, _ second: Int) -> Double? {
    guard first != second else { return 1 }
    let (low, high) = (min(first, second), max(first, second))
    var (product, firstSquares, secondSquares) = (0.0, 0.0, 0.0)
    for row in rows {
      guard row.norms.indices.contains(high) else { return nil }
      let (a, b) = (row.norms[low], row.norms[high])
      firstSquares += a * a
      secondSquares += b * b
      let place = high - low - 1
      if row.cosines.indices.contains(low), row.cosines[low].indices.contains(place),
        let cosine = row.cosines[low][place]
      {
        product += cosine * a * b
      }
    }
    let lengths = (firstSquares * secondSquares).squareRoot()
    return lengths > 0 ? product / lengths : nil
  }

  private static func label(_ block: Int?) -> String { block.map { "block \($0)" } ?? "no block" }

  /// `mlp.down_proj` for `mlp.down_proj.weight`.
  private static func short(_ module: String) -> String {
    module.hasSuffix(".weight") ? String(module.dropLast(".weight".count)) : module
  }
}
