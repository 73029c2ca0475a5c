package import Evaluation

/// Whether what was unlearned stays forgotten: scores before and after each attack, beside the base's.
///
/// R and Q follow Dorna et al. 2025, "OpenUnlearning", https://arxiv.org/abs/2506.12618, equations 2 and 3, on scores
/// oriented so that the base model has more of what is to be forgotten.
package struct Robustness: Sendable {
  /// One score under one attack.
  package struct Cell: Sendable {
    package let attack: AttackedRow
    package let column: ScoreColumn
    package let base, before, after: Double
    /// Share of the difference between base and unlearned model that came back, unitless: 0 for none, 1 for all.
    ///
    /// Nil where the unlearned model does not differ from the base by more than chance: nothing can come back.
    package let regained: Double?
    /// 95 % bootstrap interval of `regained` over documents; nil where documents have no values of their own.
    package let interval: ClosedRange<Double>?
    /// Of the paired test of after against before, Holm-corrected over all cells; nil where there is none.
    package let adjustedP: Double?
    /// R of relearning, which needs a reference model; Q of rounding. 1: nothing comes back (no faster than in the
    /// reference), 0: all of it.
    package let robustness: Double?
    /// What a reader must know of a score, such as that completions are degenerate; nil for nothing.
    package let caution: String?
  }

  /// What the attacks on one model come to in one column.
  package struct Summary: Sendable {
    package let model: String
    package let column: ScoreColumn
    /// Smallest R over relearning attacks, and smallest Q over roundings.
    package let relearning, rounding: Double?
    /// Documents after which half, and nine tenths, of the difference from the base were back, per attack; nil where
    /// no tried number sufficed.
    package let recoveries: [Recovery]

    /// Harmonic mean of R and Q; nil without both.
    package var harmonicMean: Double? {
      guard let relearning, let rounding else { return nil }
      return relearning + rounding == 0
        ? 0 : 2 * relearning * rounding / (relearning + rounding)
    }
  }

  /// The learning curve of one relearning attack.
  package struct Recovery: Sendable {
    package let attack: String
    /// (documents, share regained), ascending.
    package let curve: [(documents: Int, regained: Double)]

    /// The smallest tried number of documents after which at least `share` was regained.
    package func documents(regaining share: Double) -> Int? {
      curve.first { $0.regained >= share }?.documents
    }
  }

  package let base: String
  /// The model that never saw the forget data, if one was scored.
  package let reference: String?
  package let cells: [Cell]
  package let summaries: [Summary]
  private let table: ScoreTable

  /// - Parameters:
  ///   - attacks: which rows are attacked models; rows that were not scored are left out.
  ///   - samples: variant → its answered documents, for tests and intervals.
  ///   - base: the row of the model before unlearning.
  ///   - reference: the row of a model trained without the forget data.
  ///   - seed: seed of the bootstrap.
  package init(
    _ records: [ScoreRecord], samples: [String: [SampleRecord]], attacks: [AttackedRow],
    base: String, reference: String? = nil, seed: UInt64
  ) {
    let table = ScoreTable(records)
    self.table = table
    self.base = base
    self.reference = reference
    let attacks = attacks.filter { table.models.contains($0.row) }
    // Each row against the row that it was made from.
    let comparison = Comparison(
      table, samples: samples, baseline: base,
      baselines: Dictionary(attacks.map { ($0.row, $0.source) }) { first, _ in first }, seed: seed)
    let fromBase = Comparison(table, samples: samples, baseline: base, seed: seed)
    let tests = Dictionary(grouping: attacks, by: \.row).keys.sorted().flatMap { row in
      table.mainColumns.compactMap { column in
        comparison[row, column]?.paired.map { (row: row, column: column, p: $0.pValue) }
      }
    }
    // The tests of unlearned rows against the base answer another question.
    let adjusted = Dictionary(
      zip(tests, holm(tests.map(\.p))).map { (Place(row: $0.row, column: $0.column), $1) }
    ) { first, _ in first }
    func value(_ row: String?, _ column: ScoreColumn) -> Double? {
      row.flatMap { table.record($0, column)?.finiteValue }
    }
    /// The row that a chain of attacks began with.
    func start(_ attack: AttackedRow) -> String {
      attacks.first { $0.row == attack.source }.map(start) ?? attack.source
    }
    cells = attacks.flatMap { attack in
      table.mainColumns.compactMap { column -> Cell? in
        guard let original = value(base, column), let before = value(attack.source, column),
          let after = value(attack.row, column)
        else { return nil }
        // Nothing was unlearned from the base and the reference: they are there to compare with.
        let start = start(attack)
        let differs =
          start != base && start != reference && original != before
          && (fromBase[attack.source, column]?.paired?.pValue ?? 1) < 0.05
        let twin = attacks.first {
          $0.source == reference && $0.attack == attack.attack && $0.documents == attack.documents
        }
        return Cell(
          attack: attack, column: column, base: original, before: before, after: after,
          regained: differs ? (after - before) / (original - before) : nil,
          interval: differs
            ? Self.interval(
              [base, attack.source, attack.row].map { samples[$0] ?? [] }, column,
              scores: [original, before, after], seed: seed)
            : nil,
          adjustedP: adjusted[Place(row: attack.row, column: column)],
          robustness: differs
            ? Self.robustness(
              attack.kind, base: original, before: before, after: after,
              reference: twin.flatMap { twin in
                value(reference, column).flatMap { before in
                  value(twin.row, column).map { (before, $0) }
                }
              }) : nil,
          caution: [attack.row, attack.source, base].lazy
            .compactMap { table.record($0, column)?.caution }.first)
      }
    }
    summaries = Self.summaries(cells)
  }

  private struct Place: Hashable {
    let row: String
    let column: ScoreColumn
  }

  /// R or Q, in 0…1.
  static func robustness(
    _ kind: AttackedRow.Kind, base: Double, before: Double, after: Double,
    reference: (before: Double, after: Double)?
  ) -> Double? {
    // Positive where the attack brings the model nearer to the base.
    let sign: Double = base > before ? 1 : -1
    switch kind {
    case .relearning:
      guard let reference else { return nil }
      let gain = sign * (after - before)
      guard gain > 0 else { return 1 }
      return min(max(sign * (reference.after - reference.before) / gain, 0), 1)
    case .rounding:
      let (less, more) = sign > 0 ? (before, after) : (after, before)
      guard less >= 0, more > 0 else { return nil }
      return min(less / more, 1)
    case .other: return nil
    }
  }

  /// Percentile bootstrap of the regained share over the documents that all three answered.
  private static func interval(
    _ samples: [[SampleRecord]], _ column: ScoreColumn, scores: [Double], seed: UInt64
  ) -> ClosedRange<Double>? {
    let values = samples.map { records in
      Dictionary(
        records.filter { $0.task == column.task }.compactMap { record in
          record.value(column.metric, filter: column.filter).map {
            ([String(record.documentID), record.promptDigest], $0)
          }
        }
      ) { _, last in last }
    }
    let keys = values[0].keys.filter { values[1][$0] != nil && values[2][$0] != nil }
      .sorted { $0.lexicographicallyPrecedes($1) }
    let rows = keys.map { key in values.map { $0[key] ?? .nan } }
    guard rows.count > 1, rows.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    // Only scores that are means of their documents.
    for (place, score) in scores.enumerated() {
      let mean = rows.reduce(0) { $0 + $1[place] } / Double(rows.count)
      guard abs(mean - score) <= 1e-9 + 1e-6 * abs(score) else { return nil }
    }
    var random = BootstrapGenerator(state: seed)
    let shares = (0..<1000).compactMap { _ -> Double? in
      var sums = [0.0, 0.0, 0.0]
      for _ in rows {
        let row = rows[random.index(below: UInt64(rows.count))]
        for place in sums.indices { sums[place] += row[place] }
      }
      let share = (sums[2] - sums[1]) / (sums[0] - sums[1])
      return share.isFinite ? share : nil
    }
    guard shares.count >= 900 else { return nil }
    return middle95(shares)
  }

  private static func summaries(_ cells: [Cell]) -> [Summary] {
    var places: [(model: String, column: ScoreColumn)] = []
    for cell in cells where cell.regained != nil {
      let place = (cell.attack.source, cell.column)
      if !places.contains(where: { $0 == place }) { places.append(place) }
    }
    return places.map { model, column in
      let own = cells.filter { $0.attack.source == model && $0.column == column }
      func smallest(_ kind: AttackedRow.Kind) -> Double? {
        own.filter { $0.attack.kind == kind }.compactMap(\.robustness).min()
      }
      let relearned = own.filter { $0.attack.kind == .relearning }
      var attacks: [String] = []
      for cell in relearned where !attacks.contains(cell.attack.attack) {
        attacks.append(cell.attack.attack)
      }
      return Summary(
        model: model, column: column, relearning: smallest(.relearning),
        rounding: smallest(.rounding),
        recoveries: attacks.map { attack in
          let points = relearned.filter { $0.attack.attack == attack }.compactMap { cell in
            cell.attack.documents.flatMap { documents in
              cell.regained.map { (documents: documents, regained: $0) }
            }
          }
          return Recovery(attack: attack, curve: points.sorted { $0.documents < $1.documents })
        })
    }
  }
}
