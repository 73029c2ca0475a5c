package import Formats
import PythonText

/// What one document asks the model, and what its answers are compared with.
package struct Question: Sendable {
  package enum Requests: Sendable {
    case logLikelihoods([LogLikelihoodRequest])
    case rollingLogLikelihood(String)
    case generation(GenerationRequest)
  }

  /// Position in the evaluated split, from 0.
  package let documentID: Int
  package let requests: Requests
  /// The gold answer as text.
  package let target: String
  /// Digest of all prompts and continuations, for recognising old answers.
  package let promptDigest: String
  /// The document, `process_docs` applied.
  package let document: Document
  /// Choices, without delimiters; empty when there are none.
  package let choices: [String]
  /// Indices of right choices.
  package let gold: Set<Int>
  /// Right answers of a generated text.
  let references: References
  /// How often the request is asked.
  let repeats: Int
  /// Few-shot examples that were left out because the prompt did not fit the model.
  package let droppedExamples: Int
  /// Whether the chat template refused the system message, which was left out.
  package let droppedSystem: Bool
  /// Whether the document itself, answer included, is among its few-shot examples.
  package let showsOwnAnswer: Bool

  /// What a generated text is compared with.
  enum References: Sendable {
    case one(Value)
    /// Any of them is right.
    case several([Value])
  }

  init(
    documentID: Int, document: Document, requests: Requests, target: Value,
    choices: [String] = [], gold: Set<Int> = [], references: References = .several([]),
    repeats: Int = 1, prompt: BuiltPrompt? = nil
  ) {
    self.documentID = documentID
    self.document = document
    self.requests = requests
    self.target = target.text
    self.choices = choices
    self.gold = gold
    self.references = references
    self.repeats = repeats
    droppedExamples = prompt?.droppedExamples ?? 0
    droppedSystem = prompt?.droppedSystem ?? false
    showsOwnAnswer = prompt?.showsOwnAnswer ?? false
    promptDigest = Self.digest(requests)
  }

  /// Number of answers that complete the document.
  package var requestCount: Int {
    if case .logLikelihoods(let requests) = requests { return requests.count }
    return repeats
  }

  private static func digest(_ requests: Requests) -> String {
    var digest = PromptDigest()
    switch requests {
    case .logLikelihoods(let requests):
      for request in requests {
        digest.add(request.context)
        digest.add(request.continuation)
        if case .labels(let endsText) = request.boundary { digest.add("labels \(endsText)") }
      }
    case .rollingLogLikelihood(let text): digest.add(text)
    case .generation(let request):
      digest.add(request.prompt)
      for stop in request.stops { digest.add(stop) }
      digest.add(String(request.maximumTokens))
      if request.temperature > 0 {
        digest.add("\(request.temperature) \(request.topP ?? 1) \(request.topK ?? 0)")
      }
    }
    return digest.text
  }
}

/// A 128-bit digest that stays the same from run to run: FNV-1a from two starting points; not for
/// security.
///
/// Fowler, Noll & Vo, http://www.isthe.com/chongo/tech/comp/fnv/
struct PromptDigest {
  private var lanes: (UInt64, UInt64) = (0xcbf2_9ce4_8422_2325, 0x8422_2325_cbf2_9ce4)

  /// Adds a text; its length is mixed in, so that neighbouring texts cannot trade characters.
  mutating func add(_ text: String) {
    for byte in text.utf8 { mix(byte) }
    withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { for byte in $0 { mix(byte) } }
  }

  private mutating func mix(_ byte: UInt8) {
    lanes.0 = (lanes.0 ^ UInt64(byte)) &* 0x100_0000_01b3
    lanes.1 = (lanes.1 ^ UInt64(byte)) &* 0x100_0000_01b3 &+ 1
  }

  /// 32 hexadecimal digits.
  var text: String {
    [lanes.0, lanes.1].map { lane in
      let digits = String(lane, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }
}
