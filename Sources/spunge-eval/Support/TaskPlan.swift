import Evaluation

/// The tasks of a run with all prompts built, before the model is asked anything.
struct TaskPlan {
  let evaluators: [Evaluator]
  /// The requested groups.
  let groups: [TaskGroup]
  /// Number of documents in each task's split, in the order of `evaluators`; only those read if a limit made the
  /// rest unnecessary.
  let splitCounts: [Int]

  /// - Parameter countsSplits: whether to read splits to their end even if fewer documents are needed.
  init(
    _ selection: TaskSelectionOptions, _ options: EvaluationOptions, root: String?,
    countsSplits: Bool, preparation: PromptPreparation = PromptPreparation()
  ) throws {
    let selected = try selection.select(options.profile)
    try options.samples?.check(tasks: selected.tasks.map(\.name))
    var evaluators: [Evaluator] = []
    var counts: [Int] = []
    for task in selected.tasks {
      let task = try options.generation.applied(to: task)
      var settings = options.settings
      settings.chat = preparation.chat
      settings.systemInstruction = preparation.systemInstruction
      let readsAll = countsSplits || (options.limit.map { $0.value < 1 } ?? false)
      settings.limit = readsAll ? nil : options.limit.map { Int($0.value) }
      let documents = try TaskDocuments.load(task, root: root, settings: settings)
      settings.limit = options.limit?.documents(of: documents.evaluated.count)
      settings.chosenDocuments = try options.samples?.positions(
        task: task.name, of: documents.evaluated.count)
      evaluators.append(
        try Evaluator(
          task: task, documents: documents, settings: settings, fits: preparation.fits))
      counts.append(documents.evaluated.count)
    }
    self.evaluators = evaluators
    groups = selected.groups
    splitCounts = counts
  }

  /// The first document's prompt of each task with its requests.
  var firstPrompts: String {
    evaluators.compactMap { evaluator in
      evaluator.questions.first.map { PromptText.text($0, task: evaluator.task.name) }
    }.joined(separator: "\n")
  }
}

/// A question in human-readable form: the prompt followed by its requests.
enum PromptText {
  static func text(_ question: Question, task: String) -> String {
    var lines = ["── \(task), document \(question.documentID), target: \(question.target)"]
    switch question.requests {
    case .logLikelihoods(let requests):
      var context: String?
      for request in requests {
        if request.context != context { lines.append(request.context) }
        context = request.context
        lines.append("── continuation: \(String(reflecting: request.continuation))")
      }
    case .rollingLogLikelihood(let text): lines += [text, "── the whole text is scored"]
    case .generation(let request):
      let stops = request.stops.map { String(reflecting: $0) }.joined(separator: ", ")
      lines += [
        request.prompt,
        "── generates at most \(request.maximumTokens) tokens, until: \(stops)",
      ]
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
