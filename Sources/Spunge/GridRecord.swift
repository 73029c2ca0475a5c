import Formats
import Foundation

/// One of several runs among which the points of a grid are divided.
package struct Shard: Sendable, Codable, Hashable {
  /// From 1.
  package let number: Int
  package let count: Int

  /// - Parameter text: `2/3`; `nil` for anything else.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let number = parts[0], let count = parts[1], number >= 1,
      number <= count
    else { return nil }
    self.number = number
    self.count = count
  }

  /// Whether this shard runs the point at `place`, counted from 0.
  package func takes(_ place: Int) -> Bool { place % count == number - 1 }
}

/// `grid.json`: which grid a results folder belongs to, and which part of it.
package struct GridRecord: Sendable, Codable, Hashable {
  package static let fileName = "grid.json"

  /// Version of this format.
  package private(set) var schema = 1
  package var name: String
  /// Digest of every point's settings.
  package var digest: String
  /// Number of points of the whole grid.
  package var points: Int
  /// `nil` for the whole grid.
  package var shard: Shard?
  /// Rows of the whole grid, in order; `nil` in files of earlier versions.
  package var rows: [String]?
  /// Row that the others are compared with.
  package var baseline: String?
  /// Seed of the whole grid's table.
  package var seed: UInt64?
  /// Number of a point, from 1 → notes for readers of its rows.
  package var notes: [String: [String]]?

  init(_ experiments: [Experiment], shard: Shard?) throws {
    name = experiments.first?.name ?? ""
    digest =
      StepKey(
        step: "grid", version: 1,
        settings: try experiments.map { try $0.yaml() }.joined(separator: "\n---\n"), inputs: [:]
      ).digest
    points = experiments.count
    self.shard = shard
  }

  /// All notes without duplicates, in the points' order.
  package var orderedNotes: [String] {
    var known: Set<String> = []
    return (1...max(points, 1)).flatMap { notes?["\($0)"] ?? [] }.filter {
      known.insert($0).inserted
    }
  }

  package func write(to path: String) throws {
    try WholeFile.write(JSON.text(self), to: path)
  }

  package static func read(_ path: String) throws -> GridRecord {
    try JSON.decode(GridRecord.self, from: Data(contentsOf: URL(filePath: path)))
  }
}
