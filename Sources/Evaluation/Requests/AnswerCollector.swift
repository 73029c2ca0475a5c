import PythonText

/// Puts answers that arrive in any order back together by document.
struct AnswerCollector {
  /// A document all of whose requests are answered.
  struct Complete {
    var question: Question
    var answers: [LogLikelihoodAnswer]
    var texts: [String]
    /// Most tokens cut from a prompt of the document.
    var truncatedTokens: Int
  }

  private let questions: [Question]
  /// For each request, its document's position in `questions` and its own within the document.
  private var owners: [(question: Int, request: Int)] = []
  private var answers: [[LogLikelihoodAnswer?]]
  private var texts: [[GenerationAnswer?]]
  private var missing: [Int]

  init(questions: [Question]) {
    self.questions = questions
    for (index, question) in questions.enumerated() {
      owners += (0..<question.requestCount).map { (index, $0) }
    }
    answers = questions.map { Array(repeating: nil, count: $0.requestCount) }
    texts = questions.map { Array(repeating: nil, count: $0.requestCount) }
    missing = questions.map(\.requestCount)
  }

  var logLikelihoodRequests: [LogLikelihoodRequest] {
    questions.flatMap { question -> [LogLikelihoodRequest] in
      if case .logLikelihoods(let requests) = question.requests { requests } else { [] }
    }
  }

  var rollingTexts: [String] {
    questions.compactMap { question in
      if case .rollingLogLikelihood(let text) = question.requests { text } else { nil }
    }
  }

  var generationRequests: [GenerationRequest] {
    questions.flatMap { question -> [GenerationRequest] in
      guard case .generation(let request) = question.requests else { return [] }
      return Array(repeating: request, count: question.repeats)
    }
  }

  /// Takes the answer to request `index`; returns its document when that was the last one.
  mutating func receive(_ index: Int, _ answer: LogLikelihoodAnswer) -> Complete? {
    let owner = owner(of: index)
    guard answers[owner.question][owner.request] == nil else { return nil }
    answers[owner.question][owner.request] = answer
    return complete(owner.question)
  }

  mutating func receive(_ index: Int, _ text: GenerationAnswer) -> Complete? {
    let owner = owner(of: index)
    guard texts[owner.question][owner.request] == nil else { return nil }
    texts[owner.question][owner.request] = text
    return complete(owner.question)
  }

  private func owner(of index: Int) -> (question: Int, request: Int) {
    precondition(owners.indices.contains(index), "an answer to request \(index) of \(owners.count)")
    return owners[index]
  }

  /// Counts one more answer to a question.
  private mutating func complete(_ question: Int) -> Complete? {
    missing[question] -= 1
    guard missing[question] == 0 else { return nil }
    let (answers, texts) = (answers[question].compactMap { $0 }, texts[question].compactMap { $0 })
    return Complete(
      question: questions[question], answers: answers, texts: texts.map(\.text),
      truncatedTokens: (answers.map(\.truncatedTokens) + texts.map(\.truncatedTokens)).max() ?? 0)
  }
}
