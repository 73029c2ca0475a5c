import Formats
import Tensors

/// Why a completion failed.
package enum GenerationError: RunFailure, CustomStringConvertible, Equatable {
  /// Index of the task whose logits are not finite.
  case notFinite(task: Int)

  package var description: String {
    switch self {
    case .notFinite(let task):
      "prompt \(task + 1): the model's logits are not finite numbers: its weights are damaged or its training "
        + "diverged, so it cannot generate text"
    }
  }
}

/// Generates many completions with continuous batching: when one finishes, the next prompt takes its place.
package struct Generator {
  private let model: DecoderInference
  /// Maximum number of concurrent completions.
  private let width: Int

  package init(_ model: DecoderInference, width: Int = 64) {
    self.model = model
    self.width = max(1, min(width, model.batchTokens))
  }

  private struct Live {
    let task: Int
    let promptCount: Int
    var tokens: [Int32]
    var random: RandomSource
    var pages: [Int32]
    var owned: [Int32]
    /// Page to copy the prompt's last, partly filled page from.
    var copiedFrom: Int32?
  }

  /// Continues every prompt.
  /// - Parameters:
  ///   - tasks: prompts of at least one token.
  ///   - shouldStop: called after each new token with a task's index and its ids so far.
  ///   - receive: receives index and ids, without the end id, as soon as a completion ends.
  /// - Throws: `GenerationError` for non-finite logits, and what reading weights and `receive` throw.
  package func generate(
    _ tasks: [GenerationTask], shouldStop: (Int, [Int32]) -> Bool,
    receive: (Int, [Int32]) throws -> Void
  ) throws {
    let prompts = tasks.map(\.prompt)
    let forest = TokenForest(prompts)
    let schedule = ForestSchedule(forest, sequences: prompts, pool: model.pool)
    var endings: [Int: [Int]] = [:]
    for (index, node) in forest.lastNode.enumerated() { endings[node, default: []].append(index) }
    var live: [Live] = []
    defer { live.forEach { $0.owned.forEach(model.pool.giveBack) } }
    while !schedule.isExhausted || !live.isEmpty {
      // Prompts beyond the width wait until others finish.
      let decoding = min(live.count, width)
      var segments = (0..<decoding).map { decodeSegment(&live[$0]) }
      var rows: [ForestSchedule.Row] = []
      if decoding < width {
        let more = schedule.next(
          tokens: model.batchTokens - decoding, mayExceedBudget: decoding == 0)
        segments += more.segments
        rows = more.rows
      }
      try model.forward(segments)
      let ends = rows.indices.filter {
        endings[rows[$0].node] != nil
          && rows[$0].position == forest.nodes[rows[$0].node].range.upperBound - 1
      }
      var finished: [Live] = []
      var started: [Live] = []
      try model.logits(ofRows: Array(0..<decoding) + ends.map { decoding + $0 }) { row, next in
        guard next.logSum.isFinite else {
          try model.requireFiniteWeights()
          let task = row < decoding ? live[row].task : endings[rows[row - decoding].node]?.first
          throw GenerationError.notFinite(task: task ?? 0)
        }
        if row < decoding {
          let sampling = tasks[live[row].task].sampling
          live[row].tokens.append(self.token(next, sampling, &live[row].random))
        } else {
          let node = rows[row - decoding].node
          for task in endings[node] ?? [] {
            var random = RandomSource(seed: tasks[task].sampling?.seed ?? 0)
            let token = self.token(next, tasks[task].sampling, &random)
            started.append(
              start(task, token, random, prompts[task].count, schedule.pages(ofNode: node)))
          }
        }
      }
      live += started
      live.removeAll { candidate in
        guard isFinished(candidate, tasks[candidate.task], shouldStop) else { return false }
        finished.append(candidate)
        return true
      }
      for completion in finished {
        completion.owned.forEach(model.pool.giveBack)
        schedule.finish(sequence: completion.task)
        var tokens = completion.tokens
        if let last = tokens.last, tasks[completion.task].endIDs.contains(last) {
          tokens.removeLast()
        }
        try receive(completion.task, Array(tokens.prefix(tasks[completion.task].maximumTokens)))
      }
    }
  }

  /// The most probable token, or a sampled one.
  private func token(
    _ next: NextToken, _ sampling: Sampling?, _ random: inout RandomSource
  ) -> Int32 {
    guard let sampling else { return next.argmax }
    let logits = UnsafeBufferPointer(
      start: next.logits, count: model.configuration.vocabularySize)
    return sampling.draw(logits, largest: logits[Int(next.argmax)], using: &random)
  }

  private func start(
    _ task: Int, _ token: Int32, _ random: RandomSource, _ length: Int, _ pages: [Int32]
  ) -> Live {
    let full = length / PagePool.positions
    return Live(
      task: task, promptCount: length, tokens: [token], random: random,
      pages: Array(pages.prefix(full)), owned: [],
      copiedFrom: length % PagePool.positions == 0 ? nil : pages[full])
  }

  private func isFinished(
    _ live: Live, _ task: GenerationTask, _ shouldStop: (Int, [Int32]) -> Bool
  ) -> Bool {
    guard let last = live.tokens.last else { return false }
    let position = task.prompt.count + live.tokens.count
    return task.endIDs.contains(last) || live.tokens.count >= task.maximumTokens
      || position >= model.configuration.contextLength
      || shouldStop(live.task, live.tokens)
  }

  /// The newest token of a completion as a segment; takes a page where one begins.
  private func decodeSegment(_ live: inout Live) -> Segment {
    let position = live.promptCount + live.tokens.count - 1
    if position / PagePool.positions >= live.pages.count {
      let page = model.pool.take()
      live.pages.append(page)
      live.owned.append(page)
    }
    defer { live.copiedFrom = nil }
    return Segment(
      tokens: live.tokens.suffix(1), start: position, pages: live.pages,
      copiedFrom: live.copiedFrom)
  }
}
