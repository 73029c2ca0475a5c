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
    let evaluated = try source.read(task.evaluationSplit, limit: settings.limit ?? .max)
    var documents = TaskDocuments(
      evaluated: try process(evaluated, task.processDocument, task, task.evaluationSplit))
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
    _ documents: [Document],
    _ hook: (@Sendable (Document) throws(TemplateFault) -> Document)?,
    _ task: EvaluationTask, _ split: String
  ) throws(TaskError) -> [Document] {
    guard let hook else { return documents }
    var result: [Document] = []
    for (index, document) in documents.enumerated() {
      do {
        result.append(try hook(document))
      } catch {
        throw .document(
          task: task.name, split: split, index: index, problem: "process_docs: \(error.message)")
      }
    }
    return result
  }
}
