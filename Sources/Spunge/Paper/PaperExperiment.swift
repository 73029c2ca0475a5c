import Foundation

/// One of the paper's experiments at full size: a file of `tasks/experiments/paper`.
package struct PaperExperiment: Sendable, Hashable {
  /// The file's name without extension.
  package let name: String
  /// The tables and figures that it feeds.
  package let places: PaperPlaces

  package init(name: String, places: PaperPlaces) {
    self.name = name
    self.places = places
  }

  /// A folder's experiments that feed the given tables and figures, in the order of the tables; all if none are given.
  ///
  /// - Throws: `ExperimentError` for a file that is no experiment.
  package static func all(
    folder: String, tables: [Int] = [], figures: [Int] = []
  ) throws(ExperimentError) -> [PaperExperiment] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    var experiments: [PaperExperiment] = []
    for file in files.sorted() where file.hasSuffix(".yaml") {
      let places = try ExperimentFile(path: "\(folder)/\(file)").paperPlaces
      guard places.feeds(tables: tables, figures: figures) else { continue }
      experiments.append(PaperExperiment(name: String(file.dropLast(5)), places: places))
    }
    return experiments.sorted { first, second in
      (first.places.tables.first ?? .max, first.name)
        < (second.places.tables.first ?? .max, second.name)
    }
  }
}
