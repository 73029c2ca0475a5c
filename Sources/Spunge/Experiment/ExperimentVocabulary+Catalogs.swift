import Reporting

extension ExperimentVocabulary {
  /// What this program knows, with the tasks of a folder.
  package static func known(tasks: [String]) -> ExperimentVocabulary {
    ExperimentVocabulary(
      split: stage(splitters), unlearn: stage(unlearningMethods), merge: stage(mergeMethods),
      tasks: tasks,
      formats: ReportFormat.all.filter { $0.fileName != nil }.map(\.name))
  }

  private static func stage<Method>(_ catalog: Catalog<Method>) -> Stage {
    Stage(names: catalog.names) { choice in
      _ = try catalog.method(choice.name, settings: choice.settings)
    }
  }
}
