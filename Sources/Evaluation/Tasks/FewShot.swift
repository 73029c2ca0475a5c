import Formats
import PythonText

/// Draws the few-shot examples of one prompt after the other.
struct FewShotSampler {
  private let task: String
  private let sampler: FewShotPlan.Sampler
  private let excludesEvaluated: Bool
  private let pool: [Document]
  private let count: Int
  /// One generator for the whole task: each document's draw continues the last one's.
  private var random: PythonRandom

  /// - Throws: `TaskError` when `fewshot_indices` names a row that is not there.
  init(
    _ plan: FewShotPlan, task: String, pool: [Document], count: Int, seed: UInt64
  ) throws(TaskError) {
    self.task = task
    self.count = count
    sampler = plan.sampler
    excludesEvaluated = plan.excludesEvaluated
    random = PythonRandom(seed: seed)
    guard !plan.indices.isEmpty else {
      self.pool = pool
      return
    }
    if let row = plan.indices.first(where: { $0 >= pool.count }) {
      throw .tooFewExamples(task: task, needed: row + 1, available: pool.count)
    }
    self.pool = plan.indices.map { pool[$0] }
  }

  /// The examples for the next evaluated document.
  mutating func draw(for evaluated: Document) throws(TaskError) -> [Document] {
    if count == 0 { return [] }
    switch sampler {
    case .firstN:
      let candidates = excludesEvaluated ? pool.filter { $0 != evaluated } : pool
      guard count <= candidates.count else { throw tooFew(count, candidates.count) }
      return Array(candidates.prefix(count))
    case .seeded:
      // One more is drawn in case the document itself is among them.
      let drawn = try sample(excludesEvaluated ? count + 1 : count, of: pool)
      guard excludesEvaluated else { return drawn }
      let others = Array(drawn.filter { $0 != evaluated }.prefix(count))
      return others.count == count
        ? others : try sample(count, of: pool.filter { $0 != evaluated })
    }
  }

  private mutating func sample(
    _ count: Int, of pool: [Document]
  ) throws(TaskError) -> [Document] {
    guard count <= pool.count else { throw tooFew(count, pool.count) }
    return random.sample(count, of: pool.count).map { pool[$0] }
  }

  private func tooFew(_ needed: Int, _ available: Int) -> TaskError {
    .tooFewExamples(task: task, needed: needed, available: available)
  }
}
