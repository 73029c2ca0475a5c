import Testing

@testable import Spunge

struct ExperimentGridTests {
  private func labels(_ text: String, _ variant: Experiment.Variant) throws -> [String] {
    try ExperimentGrid(ExperimentFile(path: "e.yaml", text: text)).points
      .map { $0.label(of: Recipe(name: variant.rawValue, source: .variant(variant), then: [])) }
  }

  @Test func sectionsOfOneMethodAreRowsOfTheirOwn() throws {
    let merges = """
      merge:
        - { method: ties, settings: { density: 0.2 } }
        - { method: ties, settings: { density: 0.5 } }
        - { method: average }
      """
    #expect(
      try labels(merges, .spunge) == [
        "merge.method=ties#1", "merge.method=ties#2", "merge.method=average",
      ])
    #expect(try labels(merges, .monolithic) == ["", "", ""])
    let methods = """
      unlearn:
        - { method: rmu, settings: { layer: 3 } }
        - { method: rmu, settings: { layer: 4 } }
        - { method: task_vector_negation }
      """
    for variant in [Experiment.Variant.monolithic, .spunge, .control] {
      // Rows of task_vector_negation have another name without it.
      #expect(
        try labels(methods, variant) == ["unlearn.method=rmu#1", "unlearn.method=rmu#2", ""])
    }
    #expect(try labels(methods, .base) == ["", "", ""])
  }

  @Test func settingsAreToldByTheirValues() throws {
    let text = "seed: [1, 2]\nmerge: { method: ties, settings: { density: [0.2, 0.5] } }"
    #expect(
      try labels(text, .spunge) == [
        "seed=1,density=0.2", "seed=1,density=0.5", "seed=2,density=0.2", "seed=2,density=0.5",
      ])
    #expect(try labels(text, .monolithic) == ["seed=1", "seed=1", "seed=2", "seed=2"])
  }

  @Test(arguments: [
    ("score: { scale: [1, 0.5, 1.0] }", "'score.scale' has '1.0' twice; leave one out"),
    ("name: x\nseed: [1, 1]", "'seed' has '1' twice; leave one out"),
    ("unlearn: { method: [rmu, rmu] }", "'unlearn.method' has 'rmu' twice; leave one out"),
    (
      "merge: [{ method: ties }, { method: ties }]",
      "'merge' has 'method:ties' twice; leave one out"
    ),
  ])
  func aValueIsListedOnce(text: String, message: String) {
    let error = #expect(throws: ExperimentError.self) { try labels(text, .spunge) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
  }

  /// A list that a setting takes is a value, also where the defaults of other settings do not go with it.
  @Test func aListOfTheSettingsTypeIsAValue() throws {
    let text = """
      unlearn: { method: rmu, settings: { layer: 12, trainedLayers: [10, 11, 12], alphas: [1, 2] } }
      """
    #expect(try labels(text, .spunge) == [""])
    let lists =
      "unlearn: { method: rmu, settings: { trainedLayers: [[1], [1, 9]], layer: [2, 9] } }"
    #expect(try labels(lists, .spunge).count == 4)
  }
}
