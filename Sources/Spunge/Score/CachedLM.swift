package import LanguageModels

/// A language model with cached responses: questions answered before are not asked again.
///
/// The network is loaded at the first question without a cached response.
package final class CachedLM: CausalLM {
  private let answers: AnswerCache
  private let progress: any ProgressSink
  private let load: () throws -> any CausalLM
  private var loaded: (any CausalLM)?
  /// The current step, for progress.
  package var step = ""
  /// Number of questions with cached responses, and of all questions.
  package private(set) var reused = (answers: 0, questions: 0)

  /// - Parameters:
  ///   - answers: cached responses of this model; receives new ones.
  ///   - load: loads the network.
  package init(
    _ answers: AnswerCache, progress: any ProgressSink = SilentProgress(),
    load: @escaping () throws -> any CausalLM
  ) {
    self.answers = answers
    self.progress = progress
    self.load = load
  }

  private func network() throws -> any CausalLM {
    if let loaded { return loaded }
    let network = try load()
    loaded = network
    return network
  }

  /// Waits until all responses are on disk.
  package func flush() throws { try answers.flush() }

  package func requireFiniteWeights() throws { try network().requireFiniteWeights() }

  package func score(
    _ requests: [ScoringRequest], progress: (_ done: Int, _ total: Int) throws -> Void,
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    let open = try unanswered(requests.map(AnswerCache.key), known: answers.score, receive: receive)
    guard !open.isEmpty else { return ScoringStatistics() }
    return try network().score(
      open.map { requests[$0.index] },
      progress: { done, total in
        self.progress.report(step: step, done: done, total: total, unit: "tokens")
        try progress(done, total)
      },
      receive: { position, answer in
        let (index, key) = open[position]
        // A non-finite log-likelihood means a damaged model and is not cached.
        if answer.logLikelihood.isFinite { try answers.keep(key, answer) }
        try receive(index, answer)
      })
  }

  package func generate(
    _ tasks: [GenerationTask], shouldStop: (Int, [TokenID]) -> Bool,
    receive: (Int, [TokenID]) throws -> Void
  ) throws {
    let open = try unanswered(
      tasks.map(AnswerCache.key), known: answers.completion, receive: receive)
    guard !open.isEmpty else { return }
    var done = 0
    try network().generate(
      open.map { tasks[$0.index] }, shouldStop: { shouldStop(open[$0].index, $1) },
      receive: { position, ids in
        let (index, key) = open[position]
        try answers.keep(key, ids)
        try receive(index, ids)
        done += 1
        progress.report(step: step, done: done, total: open.count, unit: "completions")
      })
  }

  /// Delivers cached responses; returns the positions and keys of the other questions.
  private func unanswered<Answer>(
    _ keys: [String], known: (String) -> Answer?, receive: (Int, Answer) throws -> Void
  ) throws -> [(index: Int, key: String)] {
    var open: [(index: Int, key: String)] = []
    for (index, key) in keys.enumerated() {
      if let answer = known(key) {
        try receive(index, answer)
      } else {
        open.append((index, key))
      }
    }
    reused.answers += keys.count - open.count
    reused.questions += keys.count
    if !open.isEmpty, open.count < keys.count {
      progress.note(
        "\(step): \(keys.count - open.count) of \(keys.count) responses cached by an earlier run")
    }
    return open
  }
}
