package import Formats
import PythonText

/// The documents that evaluating a task needs, its `process_docs` applied.
package struct TaskDocuments: Sendable {
  /// The evaluated split, or its beginning.
  package var evaluated: [Document]
  /// What few-shot examples are drawn from; empty when none are asked for.
  package var examples: [Document]

  package init(evaluated: [Document], examples: [Document] = []) {
    self.evaluated = evaluated
    self.examples = examples
  }

  /// Reads what `settings` ask for.
  ///
  /// - Parameters:
  ///   - root: folder of data sets, which is looked through first; nil when there is none.
  ///   - hub: what Hugging Face's tools have downloaded.
  package static func load(
    _ task: EvaluationTask, root: String?, hub: HubCache = HubCache(),
    settings: EvaluationSettings = EvaluationSettings()
  ) throws(TaskError) -> TaskDocuments {
    let source = DocumentSource(task: task.name, dataset: task.dataset, root: root, hub: hub)
    let limit = settings.limit ?? .max
    // How many rows have to be read for a number of documents is known only if all are kept.
    let leavesOut = task.processDocument?.leavesOut ?? false
    let rows = try source.read(task.evaluationSplit, limit: leavesOut ? .max : limit)
    let evaluated = try process(rows, task.processDocument, task, task.evaluationSplit)
    if evaluated.isEmpty, limit > 0 {
      throw .document(
        task: task.name, split: task.evaluationSplit, index: 0,
        problem: "'process_docs' keeps neither this document nor any other")
    }
    var documents = TaskDocuments(evaluated: Array(evaluated.prefix(limit)))
    guard task.fewShotCount(override: settings.fewShot) > 0 else { return documents }
    switch task.fewShot.pool {
    case .split(let split):
      documents.examples = try process(
        source.read(split), task.fewShot.processDocument, task, split)
    case .documents(let samples): documents.examples = samples
    case nil: break
    }
    return documents
  }

  private static func process(
    _ documents: [Document], _ process: DocumentProcess?, _ task: EvaluationTask,
    _ split: String
  ) throws(TaskError) -> [Document] {
    guard let process else { return documents }
    var result: [Document] = []
    for (index, document) in documents.enumerated() {
      do {
        if let kept = try process.function(document) { result.append(kept) }
      } catch {
        throw .document(
          task: task.name, split: split, index: index, problem: "process_docs: \(error.message)")
      }
    }
    return result
  }
}
