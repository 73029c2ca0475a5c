package import Evaluation
import Foundation
import Tensors

/// What the paper's experiments at full size need, and what is missing.
package struct PaperPlan {
  /// One experiment file.
  package struct Entry {
    package let experiment: PaperExperiment
    /// Combinations of its lists, and how many of them to run.
    package let combinations: Int
    package let taken: Int
    package let needs: [PaperNeed]
    fileprivate(set) var steps: [Workload.Step] = []
    /// Steps shared with earlier entries.
    package fileprivate(set) var shared = 0
    package fileprivate(set) var memoryBytes = 0
    /// Deltas of float32 in the work folder, bytes.
    package fileprivate(set) var deltaBytes = 0
    /// Whether token counts are estimated from `PaperFacts`.
    package fileprivate(set) var isEstimate = false

    /// A base model that `PaperFacts` does not know; nil for none.
    package fileprivate(set) var unknownModel: String?

    package var isReady: Bool { needs.allSatisfy(\.isThere) }
    var seconds: Double { steps.reduce(0) { $0 + $1.seconds } }
  }

  package private(set) var entries: [Entry] = []
  /// Peak of matrix multiplication, measured now, in operations per second.
  let speed: MachineSpeed

  /// Folders that experiments read and write, and the known names.
  package struct Settings {
    /// Folder of the paper's experiment files.
    package var experiments: String
    /// Data sets, for `${SPUNGE_DATA}`.
    package var data: String
    package var work: String
    /// Whether to run all combinations of a file's lists or only the first.
    package var searches: Bool
    package var tasks: TaskIndex
    package var formats: [String]
    package var progress: any ProgressSink

    package init(
      experiments: String, data: String, work: String, searches: Bool, tasks: TaskIndex,
      formats: [String], progress: any ProgressSink
    ) {
      self.experiments = experiments
      self.data = data
      self.work = work
      self.searches = searches
      self.tasks = tasks
      self.formats = formats
      self.progress = progress
    }

    /// A file's experiments and the number of its combinations; other files may be missing.
    package func read(
      _ experiment: PaperExperiment
    ) throws -> (points: [(ExperimentGrid.Point, Experiment)], combinations: Int) {
      let file = try ExperimentFile(path: "\(experiments)/\(experiment.name).yaml")
      let points = try ExperimentGrid(file).points
      let taken = try points.prefix(searches ? points.count : 1).map { point in
        (
          point,
          try Experiment(
            point.file, variables: ["SPUNGE_DATA": data],
            vocabulary: .init(tasks: tasks.entries.keys.sorted(), formats: formats),
            needsFiles: false)
        )
      }
      return (taken, points.count)
    }

    /// Of an experiment whose files are there.
    fileprivate func pipeline(_ experiment: Experiment) throws -> SpungePipeline {
      try SpungePipeline(
        experiment, tasks: tasks, paths: .init(data: data, results: "", work: work),
        context: RunContext(
          random: RandomSource(seed: experiment.seed),
          digests: FileDigests(work: work, progress: progress), progress: progress))
    }
  }

  /// - Throws: `ExperimentError`, `TaskError`, and errors of reading files that exist.
  package init(_ experiments: [PaperExperiment], _ settings: Settings) throws {
    speed = try MachineSpeed.measure()
    let planner = Planner()
    var known: Set<String> = []
    for experiment in experiments {
      let (points, combinations) = try settings.read(experiment)
      var entry = Entry(
        experiment: experiment, combinations: combinations, taken: points.count,
        needs: try points.first.map {
          try PaperNeed.all($0.1, tasks: settings.tasks, data: settings.data)
        } ?? [])
      for (_, point) in points {
        let work =
          entry.isReady
          ? try Workload(planner.plan(settings.pipeline(point)))
          : try Workload(estimating: point)
        try add(work, of: point, to: &entry, known: &known)
      }
      entries.append(entry)
    }
  }

  private func add(
    _ work: Workload?, of experiment: Experiment, to entry: inout Entry, known: inout Set<String>
  ) throws {
    guard let work else {
      entry.unknownModel = experiment.model.written
      return
    }
    entry.isEstimate = !entry.isReady
    entry.memoryBytes = max(entry.memoryBytes, work.memoryBytes)
    for (key, bytes) in try work.deltas() where known.insert("delta " + key).inserted {
      entry.deltaBytes += bytes
    }
    for step in try work.steps(speed) {
      if known.insert(step.key).inserted { entry.steps.append(step) } else { entry.shared += 1 }
    }
  }

  /// Everything that is missing, without duplicates.
  package var missing: [PaperNeed] {
    var seen: Set<String> = []
    return entries.flatMap(\.needs).filter { !$0.isThere && seen.insert($0.name).inserted }
  }
}
