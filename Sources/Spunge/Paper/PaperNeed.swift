import Evaluation
import Foundation
import LanguageModels

/// A file, model or data set that an experiment needs.
package struct PaperNeed: Sendable, Hashable {
  /// The role of a benchmark's data set.
  static let questions = "questions"

  /// `base`, `forget`, `retain`, `prompts`, `classifier`, `perplexity`, `questions`.
  package let role: String
  /// Path or Hugging Face id.
  package let name: String
  /// Size on disk or of the download; nil if unknown.
  package let bytes: Int?
  package let isThere: Bool
  /// How to get it; nil for a file that is not the paper's.
  package let source: PaperSource?

  /// Everything that `experiment` needs, without duplicates.
  ///
  /// - Parameter data: folder of data sets, for the commands.
  /// - Throws: `TaskError` for an unknown task.
  static func all(
    _ experiment: Experiment, tasks index: TaskIndex, data: String
  ) throws -> [PaperNeed] {
    var needs = [model("base", experiment.model)]
    needs += experiment.forget.map { file("forget", $0, data) }
    needs += experiment.retain.map { file("retain", $0, data) }
    if let toxicity = experiment.scoring.toxicity {
      needs.append(file("prompts", toxicity.prompts, data))
      if let classifier = toxicity.classifier { needs.append(model("classifier", classifier)) }
    }
    if let fluency = experiment.scoring.fluency { needs.append(model("perplexity", fluency.model)) }
    return needs + (try dataSets(experiment, index, data))
  }

  private static func model(_ role: String, _ path: ExperimentPath) -> PaperNeed {
    let isThere = FileManager.default.fileExists(atPath: path.expanded)
    let source = ModelLocation.isRepository(path.written) ? PaperSource.model(path.written) : nil
    return PaperNeed(
      role: role, name: path.written, bytes: source?.bytes, isThere: isThere, source: source)
  }

  private static func file(_ role: String, _ path: ExperimentPath, _ data: String) -> PaperNeed {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path.expanded)
    return PaperNeed(
      role: role, name: path.expanded, bytes: (attributes?[.size] as? NSNumber)?.intValue,
      isThere: attributes != nil, source: PaperSource.file(path.expanded, data: data))
  }

  /// The benchmarks' data sets, which are present if all needed splits can be read.
  private static func dataSets(
    _ experiment: Experiment, _ index: TaskIndex, _ data: String
  ) throws -> [PaperNeed] {
    var names: [String] = []
    var missing: Set<String> = []
    let root = FileManager.default.fileExists(atPath: data) ? data : nil
    for choice in experiment.scoring.tasks {
      for task in try index.select([choice.name]).tasks {
        let name = task.dataset.path
        if !names.contains(name) { names.append(name) }
        guard !missing.contains(name) else { continue }
        let settings = EvaluationSettings(limit: 1, fewShot: choice.fewShot)
        do { _ = try TaskDocuments.load(task, root: root, settings: settings) } catch {
          guard case .missingDocuments = error else { throw error }
          missing.insert(name)
        }
      }
    }
    return names.map { name in
      PaperNeed(
        role: questions, name: name, bytes: nil, isThere: !missing.contains(name),
        source: .benchmark(name))
    }
  }
}
