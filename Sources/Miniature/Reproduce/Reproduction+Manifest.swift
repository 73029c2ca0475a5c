import Foundation
import Spunge
import Tensors

extension Reproduction {
  /// What the results were made from; each experiment below `runs/` has a manifest of its own besides.
  /// - Parameter finished: base models that are done.
  func manifest(_ results: [ScenarioResult], started: Date, finished: Int) throws -> Manifest {
    let world = settings.world
    var manifest = Manifest(
      name: "reproduce",
      experiment: """
        world: { seed: \(world.seed), version: \(World.version), heterogeneity: \(world.heterogeneity) }
        seeds: [\(settings.seeds.map { "\($0)" }.joined(separator: ", "))]
        scenarios: [\(settings.scenarios.map(\.name).joined(separator: ", "))]

        """,
      seed: world.seed, started: started, threads: ThreadCount.current, machine: .current(),
      versions: Version.all)
    let models =
      try settings.seeds.prefix(finished).flatMap { seed in
        try BaseFamily.allCases.filter { family in
          settings.scenarios.contains { $0.base == family }
        }.map { ("\($0.title) base model \(seed)", try cache.base($0, seed)) }
      }
      + [
        ("texts", try cache.texts()), ("reference model", try cache.reference()),
        ("classifier", try cache.classifier()),
      ]
    let files = settings.scenarios.map {
      ("experiment", "\(settings.experiments)/\($0.file)")
    }
    manifest.inputs = try (models + files).map { role, path in
      Manifest.Input(
        role: role, path: (path as NSString).lastPathComponent,
        sha256: try digests.digest(of: path))
    }
    for note in results.flatMap(\.seeds).flatMap(\.notes) where !manifest.warnings.contains(note) {
      manifest.warnings.append(note)
    }
    if finished == settings.seeds.count {
      manifest.status = .complete
      manifest.finished = Date()
    }
    return manifest
  }
}
