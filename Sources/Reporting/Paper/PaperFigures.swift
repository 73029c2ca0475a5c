/// The paper's figures as data: what they show, over which axes, in which order.
///
/// The file is `results/paper/figures.json`. Points are not printed as numbers, so there are none.
package struct PaperFigures: Sendable, Codable, Hashable {
  package var schema: Int
  package var source: String
  /// Of every radar, clockwise from the top.
  package var axes: [Axis]
  package var figures: [Figure]

  /// A demographic group that is unlearned.
  package struct Axis: Sendable, Codable, Hashable {
    /// Short name of the kind of attribute: `nationality`, `gender`, …
    package var name: String
    package var title: String
    /// The group in ToxiGen's column `target_group`, and its name in the paper.
    package var group: String
    package var groupTitle: String

    /// `Nationality (Mexican)`.
    package func heading(_ group: String? = nil) -> String { "\(title) (\(group ?? groupTitle))" }
  }

  package enum Kind: String, Sendable, Codable { case diagram, radar }

  /// A row of `PaperTable` as a line of a radar.
  package struct Series: Sendable, Codable, Hashable {
    package var name: String
    package var title: String
  }

  package struct Figure: Sendable, Codable, Hashable {
    package var number: Int
    package var kind: Kind
    package var place: String
    /// In our words.
    package var shows: String
    /// Of radars: attribute by which data were split, base model, the column whose scores by group are shown, and the
    /// rows, as in `PaperTable`.
    package var split: String?
    package var model: String?
    package var measure: String?
    package var series: [Series]?

    /// Name of a file without extension.
    package var name: String { "figure-\(number)" }
  }

  /// Figures that show results.
  package var radars: [Figure] { figures.filter { $0.kind == .radar } }

  /// - Throws: `PaperError` where the file does not describe figures.
  package init(path: String) throws(PaperError) {
    self = try PaperFile.decoded(path)
    guard schema == PaperTable.schema else {
      throw .malformed(
        path: path, reason: "schema \(schema); this program knows schema \(PaperTable.schema)")
    }
    for figure in radars
    where figure.model == nil || figure.split == nil || figure.measure == nil
      || (figure.series ?? []).isEmpty
    {
      throw .malformed(
        path: path,
        reason: "figure \(figure.number) is a radar without model, split, measure or series")
    }
  }
}
