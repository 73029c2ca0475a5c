import Formats

/// What a run may change about a task.
package struct EvaluationSettings: Sendable, Hashable {
  /// Number of documents from the start of the split; `nil` for all.
  package var limit: Int?
  /// Positions of the only documents that are evaluated; `nil` for all.
  package var chosenDocuments: Set<Int>?
  /// Few-shot examples per prompt; `nil` for the task's own number.
  package var fewShot: Int?
  /// Seed of the few-shot draws.
  package var seed: UInt64
  /// Prompts as chats; `nil` for plain text.
  package var chat: ChatPrompts?
  /// Text in front of every prompt, the system message of a chat.
  package var systemInstruction: String?
  /// Resamples for standard errors that have no formula; 0 for no standard errors at all.
  package var bootstrapIterations: Int

  package init(
    limit: Int? = nil, fewShot: Int? = nil, seed: UInt64 = 1234, chat: ChatPrompts? = nil,
    systemInstruction: String? = nil, bootstrapIterations: Int = 100_000
  ) {
    self.limit = limit
    self.fewShot = fewShot
    self.seed = seed
    self.chat = chat
    self.systemInstruction = systemInstruction
    self.bootstrapIterations = bootstrapIterations
  }
}

/// Asks a model the questions of one task and scores its answers.
package struct Evaluator: Sendable {
  package let task: EvaluationTask
  package let settings: EvaluationSettings
  /// One for each evaluated document, in order.
  package let questions: [Question]

  /// Builds every prompt.
  ///
  /// - Parameter fits: whether a prompt fits the model; while it does not, whole few-shot examples
  ///   are left out. `nil` leaves nothing out.
  /// - Throws: `TaskError` that names the document that does not fit the task.
  package init(
    task: EvaluationTask, documents: TaskDocuments,
    settings: EvaluationSettings = EvaluationSettings(), fits: PromptFits? = nil
  ) throws(TaskError) {
    self.task = task
    self.settings = settings
    var builder = try PromptBuilder(
      task: task, documents: documents, settings: settings, fits: fits)
    var questions: [Question] = []
    let evaluated = documents.evaluated.prefix(settings.limit ?? .max).enumerated()
    // Few-shot examples are drawn for the chosen documents only, as in the harness.
    for (id, document) in evaluated where settings.chosenDocuments?.contains(id) ?? true {
      do {
        questions.append(try Self.question(document, id: id, &builder))
      } catch let error as TaskError {
        throw error
      } catch {
        throw .document(
          task: task.name, split: task.evaluationSplit, index: id, problem: "\(error)")
      }
    }
    self.questions = questions
  }

  private static func question(
    _ document: Document, id: Int, _ builder: inout PromptBuilder
  ) throws -> Question {
    switch builder.task.outputType {
    case .multipleChoice: try MultipleChoice.question(document, id: id, &builder)
    case .logLikelihood: try LogLikelihood.question(document, id: id, &builder)
    case .rollingLogLikelihood: try RollingLogLikelihood.question(document, id: id, &builder)
    case .generateUntil: try Generation.question(document, id: id, &builder)
    case .answerLikelihoods: try AnswerLikelihoods.question(document, id: id, &builder)
    }
  }

  /// Few-shot examples in each prompt.
  package var fewShot: Int { task.fewShotCount(override: settings.fewShot) }

  /// What is odd about the task or its prompts, though they can be used.
  package var remarks: [String] {
    var remarks = task.file.remarks
    let leaking = questions.count { $0.showsOwnAnswer }
    if leaking > 0 {
      remarks.append(
        "\(leaking) of \(questions.count) documents are among their own few-shot examples, answer included, as in "
          + "lm-eval; give 'fewshot_split' another split, or the evaluated one, from which a document is kept out"
      )
    }
    if task.profile == .current, fewShot > 0, !task.fewShot.indices.isEmpty {
      remarks.append("'fewshot_indices' is followed here; lm-eval 0.4.13 passes over it")
    }
    return remarks
  }

  /// Documents whose answer is right nowhere because it is none of the choices; they score 0.
  package var unanswerableDocuments: [Int] {
    task.outputType == .multipleChoice && task.scoreDocument == nil
      ? questions.filter(\.gold.isEmpty).map(\.documentID) : []
  }

  /// Asks the model everything, all at once.
  ///
  /// - Returns: the records of all documents, in their order.
  /// - Throws: `TaskError`, and what the model throws.
  package func evaluate(with model: any EvaluatedModel) throws -> [SampleRecord] {
    var records: [Int: SampleRecord] = [:]
    var collector = AnswerCollector(questions: questions)
    func finish(_ complete: AnswerCollector.Complete?) throws {
      guard let complete else { return }
      var record = try record(complete.question, complete.answers, complete.texts)
      record.truncatedTokens = complete.truncatedTokens
      records[record.documentID] = record
    }
    if !questions.isEmpty {
      switch task.outputType {
      case .multipleChoice, .logLikelihood, .answerLikelihoods:
        try model.logLikelihoods(collector.logLikelihoodRequests) { index, answer in
          try finish(collector.receive(index, answer))
        }
      case .rollingLogLikelihood:
        try model.rollingLogLikelihoods(collector.rollingTexts) { index, answer in
          try finish(collector.receive(index, answer))
        }
      case .generateUntil:
        try model.generate(collector.generationRequests) { index, text in
          try finish(collector.receive(index, text))
        }
      }
    }
    return try questions.map { question in
      guard let record = records[question.documentID] else {
        throw TaskError.document(
          task: task.name, split: task.evaluationSplit, index: question.documentID,
          problem: "the model did not answer")
      }
      return record
    }
  }
}
