package import Evaluation
import Foundation
package import LanguageModels
import Tensors

/// A language model with its tokenizer, which answers a benchmark's questions on strings.
///
/// Texts are split into tokens as in lm-evaluation-harness (`TemplateLM._encode_pair`: encode the context and the whole
/// text; the rest is the continuation). What exceeds the context length is truncated on the left and counted.
package struct TextModel: EvaluatedModel {
  private let configuration: DecoderConfiguration
  private let tokenizer: any Tokenizer
  private let settings: Settings
  private let model: any CausalLM

  package struct Settings: Sendable, Hashable {
    /// Whether contexts begin with BOS; `nil` follows the profile.
    package var addBegin: Bool?
    /// Maximum tokens of context and continuation; `nil` for the model's context length.
    package var maximumLength: Int?
    /// Version of the harness to follow.
    package var profile: HarnessProfile
    /// Seed of sampled completions.
    package var seed: UInt64
    /// Whether a continuation that the tokenizer merges into its context, or that exceeds the model's context length,
    /// is answered with 0 tokens instead of an error.
    package var answersUnscorable = false

    package init(
      addBegin: Bool? = nil, maximumLength: Int? = nil, profile: HarnessProfile = .current,
      seed: UInt64 = 1234
    ) {
      self.addBegin = addBegin
      self.maximumLength = maximumLength
      self.profile = profile
      self.seed = seed
    }

    /// Settings for log-likelihoods of another model's completions.
    package static var ofCompletions: Settings {
      var settings = Settings()
      settings.answersUnscorable = true
      return settings
    }

    /// Whether contexts begin with BOS: the tokenizer's default in the current profile, never in the older one.
    package func addsBegin(_ tokenizer: any Tokenizer) -> Bool {
      addBegin ?? (profile == .current && tokenizer.addsBegin)
    }

    /// Maximum tokens of context and continuation.
    package func length(_ configuration: DecoderConfiguration) -> Int {
      min(maximumLength ?? .max, configuration.contextLength)
    }
  }

  package init(
    configuration: DecoderConfiguration, tokenizer: any Tokenizer,
    settings: Settings = Settings(), model: any CausalLM
  ) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.settings = settings
    self.model = model
  }

  private var length: Int { settings.length(configuration) }
  private var addsBegin: Bool { settings.addsBegin(tokenizer) }

  /// The id before a text without context: BOS, else EOS; EOS in the older profile.
  private var prefixID: Int {
    get throws {
      let ids = [tokenizer.beginID, tokenizer.endID]
      let id = (settings.profile == .current ? ids : ids.reversed()).compactMap { $0 }.first
      guard let id else { throw ScoreError.noPrefixToken }
      return Int(try known([id])[0])
    }
  }

  /// Checks that the network has embeddings for all ids.
  private func known(_ ids: some Sequence<Int>) throws(ScoreError) -> [Int32] {
    var result: [Int32] = []
    for id in ids {
      guard let small = Int32(exactly: id), (0..<configuration.vocabularySize).contains(id) else {
        throw .unknownToken(id: id, vocabulary: configuration.vocabularySize)
      }
      result.append(small)
    }
    return result
  }

  package func logLikelihoods(
    _ requests: [LogLikelihoodRequest], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    var questions: [ScoringRequest] = []
    var places: [Int] = []
    var cut: [Int] = []
    questions.reserveCapacity(requests.count)
    for (index, request) in requests.enumerated() {
      let (context, continuation) = try encoded(request)
      let whole = context + continuation
      guard 1...length ~= continuation.count else {
        let mayBeEmpty = settings.answersUnscorable || request.boundary != .harness
        guard continuation.isEmpty ? mayBeEmpty : settings.answersUnscorable else {
          throw continuation.isEmpty
            ? ScoreError.emptyContinuation(context: request.context, request.continuation)
            : ScoreError.continuationTooLong(tokens: continuation.count, limit: length)
        }
        try receive(
          index,
          LogLikelihoodAnswer(
            logLikelihood: 0, isGreedy: true, tokens: 0,
            truncatedTokens: continuation.isEmpty ? 0 : whole.count))
        continue
      }
      let kept = whole.suffix(length + 1)
      cut.append(whole.count - kept.count)
      places.append(index)
      questions.append(
        ScoringRequest(
          tokens: try known(kept), scored: continuation.count,
          tellsDistributions: request.tellsTokens))
    }
    try score(questions) { index, answer in
      try receive(
        places[index],
        LogLikelihoodAnswer(
          logLikelihood: answer.logLikelihood, isGreedy: answer.isGreedy,
          tokens: questions[index].scored, truncatedTokens: cut[index],
          tokenScores: questions[index].tellsDistributions ? TokenScores(answer) : nil))
    }
  }

  /// Ids of a context and its continuation; the continuation is empty where the context's ids cover it.
  private func encoded(
    _ request: LogLikelihoodRequest
  ) throws -> (context: [Int], continuation: [Int]) {
    guard case .labels(let endsText) = request.boundary else {
      return try tokenizer.encodePair(
        context: request.context, continuation: request.continuation, addBegin: addsBegin,
        prefixID: try prefixID)
    }
    let context = try tokenizer.encode(request.context, addBegin: addsBegin)
    var whole = try tokenizer.encode(request.context + request.continuation, addBegin: addsBegin)
    if endsText {
      guard let end = tokenizer.endID else { throw ScoreError.noEndToken }
      if whole.last != end { whole.append(end) }
    }
    if context.isEmpty { return ([try prefixID], whole) }
    // The ids are those of the whole text, where the context's last one may be another than in the context alone.
    return (Array(whole.prefix(context.count)), Array(whole.dropFirst(context.count)))
  }

  package func rollingLogLikelihoods(
    _ texts: [String], receive: (Int, LogLikelihoodAnswer) throws -> Void
  ) throws {
    var windows: [ScoringRequest] = []
    var owner: [Int] = []
    var parts: [Range<Int>] = []
    for (index, text) in texts.enumerated() {
      let tokens = try known(try tokenizer.encode(text, addSpecial: false))
      let first = windows.count
      windows += RollingWindows(tokens: tokens, prefix: Int32(try prefixID), length: length)
      parts.append(first..<windows.count)
      owner += parts[index].map { _ in index }
    }
    let nothing = LogLikelihoodAnswer(logLikelihood: 0, isGreedy: true, tokens: 0)
    for index in texts.indices where parts[index].isEmpty { try receive(index, nothing) }
    var pending = parts.map(\.count)
    var scores = [ScoringAnswer?](repeating: nil, count: windows.count)
    try score(windows) { window, score in
      scores[window] = score
      let text = owner[window]
      pending[text] -= 1
      guard pending[text] == 0 else { return }
      // Summed in the order of the windows, whatever order their answers arrive in.
      var sum = nothing
      for part in parts[text] {
        guard let score = scores[part] else { continue }
        sum.logLikelihood += score.logLikelihood
        sum.isGreedy = sum.isGreedy && score.isGreedy
        sum.tokens += windows[part].scored
      }
      try receive(text, sum)
    }
  }

  private func score(
    _ requests: [ScoringRequest], receive: (Int, ScoringAnswer) throws -> Void
  ) throws {
    _ = try model.score(requests) { index, answer in
      guard answer.logLikelihood.isFinite else {
        try model.requireFiniteWeights()
        throw ScoreError.notFinite(logLikelihood: answer.logLikelihood)
      }
      try receive(index, answer)
    }
  }

  package func generate(
    _ requests: [GenerationRequest], receive: (Int, GenerationAnswer) throws -> Void
  ) throws {
    let (tasks, cut) = try generationTasks(requests)
    try model.generate(
      tasks,
      shouldStop: { index, ids in
        let stops = requests[index].stops
        guard !stops.isEmpty else { return false }
        // Undecodable ids end the completion here; receiving it reports the error.
        guard let text = try? self.text(ids) else { return true }
        return stops.contains { !$0.isEmpty && text.range(of: $0, options: .literal) != nil }
      },
      receive: { index, ids in
        let stops = requests[index].stops
        try receive(
          index,
          GenerationAnswer(
            text: Self.cut(try text(ids), at: stops),
            continuation: Self.cut(try text(ids, after: tasks[index].prompt), at: stops),
            truncatedTokens: cut[index]))
      })
  }

  /// The network's tasks, and by how many tokens each prompt was truncated.
  private func generationTasks(
    _ requests: [GenerationRequest]
  ) throws -> (tasks: [GenerationTask], cut: [Int]) {
    let ends = Set(
      (configuration.stopIDs + [tokenizer.endID].compactMap { $0 }).map { Int32($0) })
    var asked: [GenerationRequest: Int] = [:]
    var cut: [Int] = []
    let tasks = try requests.map { request in
      let room = length - request.maximumTokens
      guard room > 0 else {
        throw ScoreError.completionTooLong(tokens: request.maximumTokens, limit: length)
      }
      let whole = try tokenizer.encode(request.prompt, addBegin: addsBegin)
      var ids = try known(whole.suffix(room))
      cut.append(whole.count - ids.count)
      if ids.isEmpty { ids = [Int32(try prefixID)] }
      asked[request, default: 0] += 1
      return GenerationTask(
        prompt: ids, maximumTokens: min(request.maximumTokens, length - ids.count), endIDs: ends,
        stops: request.stops, sampling: sampling(request, repeated: asked[request] ?? 0))
    }
    return (tasks, cut)
  }

  /// How a request's tokens are sampled, with a separate random stream per request and repeat.
  private func sampling(_ request: GenerationRequest, repeated: Int) -> Sampling? {
    guard request.temperature > 0 else { return nil }
    var random = RandomSource(seed: request.seed ?? settings.seed)
      .child(named: "\(repeated)/\(request.prompt)")
    return Sampling(
      temperature: request.temperature, topK: request.topK ?? 0, topP: request.topP ?? 1,
      seed: random.next())
  }

  private func text(_ ids: [Int32]) throws -> String {
    try tokenizer.decode(ids.map { Int($0) }, skipSpecial: true)
  }

  /// The text of `ids` as a continuation of `prompt`; SentencePiece drops the space at the start of a text.
  private func text(_ ids: [Int32], after prompt: [Int32]) throws -> String {
    let before = try text(prompt.suffix(1))
    let whole = try text(prompt.suffix(1) + ids)
    return whole.utf8.starts(with: before.utf8)
      ? String(decoding: whole.utf8.dropFirst(before.utf8.count), as: UTF8.self) : try text(ids)
  }

  /// The text up to the first occurrence of each stop sequence, in order; compares code points, as Python does.
  package static func cut(_ text: String, at stops: [String]) -> String {
    stops.reduce(text) { text, stop in
      guard !stop.isEmpty, let range = text.range(of: stop, options: .literal) else { return text }
      return String(text[..<range.lowerBound])
    }
  }
}

extension TokenScores {
  /// An answer of which the distributions were asked for.
  fileprivate init(_ answer: ScoringAnswer) {
    self.init(
      logProbabilities: answer.logProbabilities,
      isLikeliest: answer.distributions.map(\.isLikeliest),
      means: answer.distributions.map(\.mean), variances: answer.distributions.map(\.variance))
  }
}
