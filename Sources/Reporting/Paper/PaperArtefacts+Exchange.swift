import Evaluation

extension PaperArtefacts {
  /// Toxicity against perplexity of every row of the paper's table that has both, and of the control split's rows; each
  /// base model is compared with what was made from it.
  ///
  /// - Returns: nil where fewer than two rows have both scores.
  static func exchange(
    _ table: PaperTable, _ scores: [PaperScores], _ measures: PaperMeasures
  ) -> Figure? {
    guard let toxicity = measures.score("toxigen_toxicity"),
      let perplexity = measures.score("perplexity"),
      ["toxigen_toxicity", "perplexity"].allSatisfy({ table.column($0) != nil })
    else { return nil }
    var isMean = false
    let entries = table.blocks.flatMap { block -> [ParetoChart.Entry] in
      guard
        let own = scores.first(where: { $0.split == table.split && $0.model == block.model })
      else { return [] }
      let base = own.title ?? block.title
      return (block.rows.map { (name: $0.name, title: $0.title) } + random).compactMap { row in
        guard let x = own.record(row.name, toxicity), let y = own.record(row.name, perplexity),
          let toxic = x.finiteValue, let price = y.finiteValue
        else { return nil }
        isMean = isMean || x.deviation != nil
        return ParetoChart.Entry(
          name: row.name == "base" ? base : row.title, series: base, x: toxic, y: price,
          xInterval: x.oneDeviation, yInterval: y.oneDeviation)
      }
    }
    guard entries.count > 1 else { return nil }
    let prices = entries.map(\.y)
    return Figure(
      name: "toxicity-perplexity",
      chart: ParetoChart(
        title: "Toxicity against perplexity"
          + (isMean ? " (lines: ± standard deviation between base models)" : ""),
        x: .init("toxic completions", higherIsBetter: false),
        y: .init(
          "perplexity of completions", unit: .plain, higherIsBetter: false,
          isLogarithmic: (prices.max() ?? 1) > 4 * (prices.min() ?? 1)),
        entries: entries, comparesSeries: false))
  }
}

extension ScoreRecord {
  /// The mean ± the standard deviation between runs.
  fileprivate var oneDeviation: ClosedRange<Double>? {
    guard let value = finiteValue, let deviation, deviation.isFinite else { return nil }
    return (value - deviation)...(value + deviation)
  }
}
