import Formats
import PythonText

extension Evaluator {
  // MARK: Stored answers

  /// The same answers, scored with today's filters and metrics; no model is asked.
  ///
  /// - Returns: records in the order of the documents.
  /// - Throws: `TaskError` that names the first document without a fitting answer.
  package func rescore(_ answered: [SampleRecord]) throws(TaskError) -> [SampleRecord] {
    let stored = Dictionary(answered.map { ($0.documentID, $0) }) { $1 }
    var records: [SampleRecord] = []
    for question in questions {
      guard let old = stored[question.documentID] else {
        throw document(question, "there is no stored answer; score the task again")
      }
      if let misfit = misfit(old, question) {
        throw document(question, "the stored answer does not fit: \(misfit); score the task again")
      }
      records.append(try rescored(old, question))
    }
    return records
  }

  /// Why a stored answer is not one to this question.
  private func misfit(_ old: SampleRecord, _ question: Question) -> String? {
    if old.task != task.name { return "it is of the task \(old.task)" }
    if old.promptDigest != question.promptDigest {
      return "the prompt or its continuations were others"
    }
    let count = task.outputType == .generateUntil ? old.texts.count : old.answers.count
    return count == question.requestCount
      ? nil : "there are \(count) answers to \(question.requestCount) requests"
  }

  private func rescored(
    _ old: SampleRecord, _ question: Question
  ) throws(TaskError) -> SampleRecord {
    var record = try record(question, old.answers, old.texts)
    record.droppedExamples = old.droppedExamples
    record.truncatedTokens = old.truncatedTokens
    return record
  }

  // MARK: Documents

  /// Scores one document.
  func record(
    _ question: Question, _ answers: [LogLikelihoodAnswer], _ texts: [String]
  ) throws(TaskError) -> SampleRecord {
    do throws(TemplateFault) {
      var outcomes: [FilteredOutcome] = []
      for pipeline in task.pipelines {
        outcomes.append(try outcome(pipeline, question, answers, texts))
      }
      return SampleRecord(
        task: task.name, documentID: question.documentID, target: question.target,
        answers: answers, texts: texts, outcomes: outcomes,
        droppedExamples: question.droppedExamples, promptDigest: question.promptDigest)
    } catch {
      throw document(question, error.message)
    }
  }

  private func document(_ question: Question, _ problem: String) -> TaskError {
    .document(
      task: task.name, split: task.evaluationSplit, index: question.documentID, problem: problem)
  }

  private func outcome(
    _ pipeline: FilterPipeline, _ question: Question, _ answers: [LogLikelihoodAnswer],
    _ texts: [String]
  ) throws(TemplateFault) -> FilteredOutcome {
    var outcome = FilteredOutcome(filter: pipeline.name, metrics: [:])
    var response = Value.none
    if case .generation = question.requests {
      response = try pipeline.apply(texts, question.document)
      outcome.responses = (response.items ?? [response]).map(\.text)
    }
    if let score = task.scoreDocument {
      do throws(TemplateFault) {
        outcome.metrics = try score(question.document, answers)
      } catch {
        throw TemplateFault("process_results: \(error.message)")
      }
      return outcome
    }
    let wanted = Set(task.metrics.flatMap { [$0.name] + $0.companions })
    let all: [String: Double]
    switch question.requests {
    case .rollingLogLikelihood(let text): all = RollingLogLikelihood.metrics(text, answers[0])
    case .generation: all = try Generation.metrics(question, response, task)
    case .logLikelihoods where task.outputType == .multipleChoice:
      all = try MultipleChoice.metrics(question, answers, wanted: wanted)
    case .logLikelihoods where task.outputType == .answerLikelihoods:
      // All are kept: other models' are compared with them.
      outcome.metrics = AnswerLikelihoods.metrics(question, answers, task.answers)
      return outcome
    case .logLikelihoods: all = LogLikelihood.metrics(answers[0])
    }
    outcome.metrics = all.filter { wanted.contains($0.key) }
    return outcome
  }

  // MARK: Tasks

  /// One row per filter and metric.
  ///
  /// - Parameters:
  ///   - samples: the records of all documents.
  ///   - model: name of the model's variant.
  package func scoreRecords(_ samples: [SampleRecord], model: String) -> [ScoreRecord] {
    task.filters.flatMap { filter in
      task.metrics.map { metric in
        let score = metric.pool(
          samples, filter: filter, bootstrapIterations: settings.bootstrapIterations)
        return ScoreRecord(
          model: model, task: task.name, metric: metric.name, filter: filter, value: score.value,
          standardError: score.standardError, documents: samples.count,
          higherIsBetter: metric.higherIsBetter, fewShot: fewShot, taskVersion: task.version,
          reason: score.reason)
      }
    }
  }
}
