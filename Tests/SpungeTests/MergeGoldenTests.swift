import Foundation
import TestSupport
import Testing

@testable import Spunge

/// Merges against mergekit and against the papers' formulas in numpy (`Tests/Scripts/merge-golden.py`).
@Suite struct MergeGoldenTests {
  private struct Golden: Decodable {
    struct Parts: Decodable {
      var shape: [Int]
      var values: [[Float]]
    }
    struct Case: Decodable {
      var method: String
      var settings: [String]
      var parts: String
      var merged: [Float]
    }
    var parts: [String: Parts]
    var cases: [Case]
  }

  private func golden() throws -> Golden {
    try JSONDecoder().decode(
      Golden.self,
      from: Data(contentsOf: Fixtures.folder.appending(path: "goldens/merges.json")))
  }

  @Test(arguments: [
    "breadcrumbs", "della", "model_stock", "sce", "knots", "tsv_m", "iso_c", "iso_cts",
  ])
  func agrees(name: String) throws {
    let golden = try golden()
    let cases = golden.cases.filter { $0.method == name }
    #expect(cases.count >= 3)
    for golden in cases {
      try compare(golden)
    }
    func compare(_ test: Golden.Case) throws {
      let parts = try #require(golden.parts[test.parts])
      let method = try mergeMethods.method(name, assignments: test.settings)
      let merged = try mergedDelta(parts.values, shape: parts.shape, method)
      expectClose(
        merged, test.merged, absolute: 1e-6, relative: 1e-6, "\(test.parts) \(test.settings)")
    }
  }
}
