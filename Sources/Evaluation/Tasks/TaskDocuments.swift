import Foundation

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

  /// Reads what `settings` ask for from files under the folder `root`.
  package static func load(
    _ task: EvaluationTask, root: String, settings: EvaluationSettings = EvaluationSettings()
  ) throws(TaskError) -> TaskDocuments {
    let source = DocumentSource(task: task, root: root)
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

/// Finds the file that holds a split.
private struct DocumentSource {
  var task: EvaluationTask
  var root: String

  func read(_ split: String, limit: Int = .max) throws(TaskError) -> [Document] {
    var documents: [Document] = []
    let paths = try paths(of: split)
    for path in paths where documents.count < limit {
      documents += try DocumentFile.read(path, limit: limit - documents.count)
    }
    if documents.isEmpty {
      throw .emptySplit(task: task.name, split: split, path: paths.joined(separator: ", "))
    }
    return documents
  }

  private func paths(of split: String) throws(TaskError) -> [String] {
    if let names = task.dataset.files[split] {
      let paths = names.map { URL(fileURLWithPath: root).appendingPathComponent($0).path }
      let missing = paths.filter { !FileManager.default.fileExists(atPath: $0) }
      if !missing.isEmpty {
        throw .missingDocuments(task: task.name, split: split, lookedFor: missing)
      }
      return paths
    }
    let folders = folders.map { URL(fileURLWithPath: root).appendingPathComponent($0) }
    for folder in folders {
      for name in DocumentFile.extensions {
        let path = folder.appendingPathComponent("\(split).\(name)").path
        if FileManager.default.fileExists(atPath: path) { return [path] }
      }
    }
    let alternatives = DocumentFile.extensions.joined(separator: "|")
    throw .missingDocuments(
      task: task.name, split: split,
      lookedFor: folders.map { $0.appendingPathComponent("\(split).\(alternatives)").path })
  }

  /// Folders under the root that may be the data set's, the most specific first.
  private var folders: [String] {
    let (path, name) = (task.dataset.path, task.dataset.name)
    let short = path.split(separator: "/").last.map(String.init) ?? path
    let owner = path.split(separator: "/").first.map(String.init) ?? path
    let specific = name.isEmpty ? [] : ["\(path)/\(name)", "\(short)/\(name)"]
    var folders: [String] = []
    for folder in specific + [task.name, path, short, owner]
    where !folder.isEmpty && !folders.contains(folder) {
      folders.append(folder)
    }
    return folders
  }
}
