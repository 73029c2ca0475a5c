/// Puts answers that arrive in any order back together by document.
struct AnswerCollector {
  /// A document all of whose requests are answered.
  struct Complete {
    var question: Question
    var answers: [LogLikelihoodAnswer]
    var texts: [String]
  }

  private let questions: [Question]
  /// For each request, its document's position in `questions` and its own within the document.
  private var owners: [(question: Int, request: Int)] = []
  private var answers: [[LogLikelihoodAnswer?]]
  private var missing: [Int]

  init(questions: [Question]) {
    self.questions = questions
    for (index, question) in questions.enumerated() {
      owners += (0..<question.requestCount).map { (index, $0) }
    }
    answers = questions.map { Array(repeating: nil, count: $0.requestCount) }
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
    questions.compactMap { question in
      if case .generation(let request) = question.requests { request } else { nil }
    }
  }

  /// Takes the answer to request `index`; returns its document when that was the last one.
  mutating func receive(_ index: Int, _ answer: LogLikelihoodAnswer) -> Complete? {
    precondition(owners.indices.contains(index), "an answer to request \(index) of \(owners.count)")
    let owner = owners[index]
    guard answers[owner.question][owner.request] == nil else { return nil }
    answers[owner.question][owner.request] = answer
    missing[owner.question] -= 1
    guard missing[owner.question] == 0 else { return nil }
    return Complete(
      question: questions[owner.question], answers: answers[owner.question].compactMap { $0 },
      texts: [])
  }

  func receive(_ index: Int, _ text: String) -> Complete {
    precondition(owners.indices.contains(index), "an answer to request \(index) of \(owners.count)")
    return Complete(question: questions[owners[index].question], answers: [], texts: [text])
  }
}
