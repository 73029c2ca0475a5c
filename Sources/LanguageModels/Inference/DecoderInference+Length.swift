import Tensors

/// Models whose rotary embedding is another for long sequences.
///
/// What transformers computes depends on the longest sequence of a batch; here, on each sequence's own length.
extension DecoderInference {
  /// Scores requests; short and long ones apart, because they share no prefix.
  func scoreByLength(
    _ requests: [ScoringRequest], progress: (Int, Int) throws -> Void,
    receive: (Int, ScoringAnswer) throws -> Void
  ) throws -> ScoringStatistics {
    let scorer = ContinuationScorer(self)
    guard let start = configuration.longRotaryStart else {
      return try scorer.score(requests, progress: progress, receive: receive)
    }
    var statistics = ScoringStatistics()
    for isLong in [false, true] {
      // The last token is not read.
      let chosen = requests.indices.filter { (requests[$0].tokens.count > start) == isLong }
      guard !chosen.isEmpty else { continue }
      self.isLong = isLong
      statistics += try scorer.score(
        chosen.map { requests[$0] }, progress: progress, receive: { try receive(chosen[$0], $1) })
    }
    return statistics
  }

  /// Continues prompts; a text that becomes long is read again, as transformers does.
  func generateByLength(
    _ tasks: [GenerationTask], shouldStop: (Int, [TokenID]) -> Bool,
    receive: (Int, [TokenID]) throws -> Void
  ) throws {
    let generator = Generator(self)
    guard let start = configuration.longRotaryStart else {
      return try generator.generate(tasks, shouldStop: shouldStop, receive: receive)
    }
    var begun: [Int: [TokenID]] = [:]
    var long = tasks.indices.filter { tasks[$0].prompt.count >= start }
    let short = tasks.indices.filter { tasks[$0].prompt.count < start }
    isLong = false
    try generator.generate(
      short.map { index in
        var task = tasks[index]
        task.maximumTokens = min(task.maximumTokens, start - task.prompt.count)
        return task
      }, shouldStop: { shouldStop(short[$0], $1) }
    ) { number, tokens in
      let (index, task) = (short[number], tasks[short[number]])
      let isCut = tokens.count == start - task.prompt.count && tokens.count < task.maximumTokens
      guard isCut, !shouldStop(index, tokens) else { return try receive(index, tokens) }
      begun[index] = tokens
      long.append(index)
    }
    isLong = true
    try generator.generate(
      long.map { index in
        var task = tasks[index]
        task.prompt += begun[index] ?? []
        // The draws of the start are not to come again.
        if begun[index] != nil, let seed = task.sampling?.seed {
          task.sampling?.seed = RandomSource(seed: seed).child(named: "long").seed
        }
        task.maximumTokens -= begun[index]?.count ?? 0
        return task
      }, shouldStop: { shouldStop(long[$0], (begun[long[$0]] ?? []) + $1) }
    ) { try receive(long[$0], (begun[long[$0]] ?? []) + $1) }
  }
}
