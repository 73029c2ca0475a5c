import Evaluation

/// One request of a document, for `tasks show --json`.
struct PromptRow: Encodable {
  var task: String
  var docID: Int
  var context: String?
  var continuation: String?
  /// The text of a rolling request.
  var text: String?
  var until: [String]?
  var maxGenToks: Int?
  var temperature: Double?
  var topP: Double?
  var topK: Int?
  var repeats: Int
  var target: String
  var choices: [String]

  enum CodingKeys: String, CodingKey {
    case task, context, continuation, text, until, temperature, repeats, target, choices
    case docID = "doc_id"
    case maxGenToks = "max_gen_toks"
    case topP = "top_p"
    case topK = "top_k"
  }

  private init(_ question: Question, _ task: EvaluationTask) {
    self.task = task.name
    docID = question.documentID
    repeats = task.repeats
    target = question.target
    choices = question.choices
  }

  static func rows(of question: Question, task: EvaluationTask) -> [PromptRow] {
    var row = PromptRow(question, task)
    switch question.requests {
    case .logLikelihoods(let requests):
      return requests.map { request in
        row.context = request.context
        row.continuation = request.continuation
        return row
      }
    case .rollingLogLikelihood(let text): row.text = text
    case .generation(let request):
      row.context = request.prompt
      row.until = request.stops
      row.maxGenToks = request.maximumTokens
      row.temperature = request.temperature
      row.topP = request.topP
      row.topK = request.topK
    }
    return [row]
  }
}
