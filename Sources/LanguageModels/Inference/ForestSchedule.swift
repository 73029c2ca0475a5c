/// Schedules a prefix trie in batches, depth first, and keeps KV cache pages while they are needed.
///
/// A node's pages are kept until every sequence through it is finished. Memory stays within the pool's budget plus the
/// needs of the longest path.
final class ForestSchedule {
  /// One row of a batch that belongs to a sequence's node.
  struct Row {
    /// Node, and position in its sequences, of the token.
    let node: Int
    let position: Int
  }

  let forest: TokenForest
  private let sequences: [[Int32]]
  private let pool: PagePool
  private var state: [NodeState]
  private var nextNode = 0

  private struct NodeState {
    /// Number of the run's positions already scheduled.
    var done = 0
    /// Number of unfinished sequences through this node.
    var open = 0
    /// Page of every 16 positions from 0; only `own` belong to this node.
    var table: [Int32] = []
    var own: [Int32] = []
  }

  init(_ forest: TokenForest, sequences: [[Int32]], pool: PagePool) {
    self.forest = forest
    self.sequences = sequences
    self.pool = pool
    state = forest.nodes.map { _ in NodeState() }
    for last in forest.lastNode where last >= 0 {
      forEachAncestor(of: last) { state[$0].open += 1 }
    }
  }

  /// Whether every token has been scheduled.
  var isExhausted: Bool { nextNode == forest.nodes.count }

  /// Pages of a sequence whose last token has been scheduled.
  func pages(ofNode node: Int) -> [Int32] { state[node].table }

  /// Returns the next segments, as many tokens as fit.
  /// - Parameters:
  ///   - tokens: maximum number of tokens.
  ///   - mayExceedBudget: true for an empty batch, which would otherwise wait forever.
  func next(tokens limit: Int, mayExceedBudget: Bool) -> (segments: [Segment], rows: [Row]) {
    var segments: [Segment] = []
    var rows: [Row] = []
    while rows.count < limit, nextNode < forest.nodes.count {
      let node = forest.nodes[nextNode]
      let first = node.range.lowerBound + state[nextNode].done
      let count = min(limit - rows.count, node.range.upperBound - first)
      let needed = pagesNeeded(nextNode, upTo: first + count)
      if pool.inUse + needed > pool.budget, !(mayExceedBudget && segments.isEmpty) { break }
      segments.append(segment(nextNode, first..<first + count))
      rows += (first..<first + count).map { Row(node: nextNode, position: $0) }
      state[nextNode].done += count
      if state[nextNode].done == node.range.count { nextNode += 1 }
    }
    return (segments, rows)
  }

  private func pagesNeeded(_ index: Int, upTo end: Int) -> Int {
    let pages = (end + PagePool.positions - 1) / PagePool.positions
    let inherited = forest.nodes[index].range.lowerBound / PagePool.positions
    return pages - (state[index].done == 0 ? inherited : state[index].table.count)
  }

  private func segment(_ index: Int, _ positions: Range<Int>) -> Segment {
    let node = forest.nodes[index]
    var copiedFrom: Int32?
    if state[index].done == 0, node.parent >= 0 {
      let shared = node.range.lowerBound / PagePool.positions
      state[index].table = Array(state[node.parent].table.prefix(shared))
      if node.range.lowerBound % PagePool.positions != 0 {
        copiedFrom = state[node.parent].table[shared]
      }
    }
    while state[index].table.count * PagePool.positions < positions.upperBound {
      let page = pool.take()
      state[index].table.append(page)
      state[index].own.append(page)
    }
    return Segment(
      tokens: sequences[node.sequence][positions], start: positions.lowerBound,
      pages: state[index].table, copiedFrom: copiedFrom)
  }

  /// Marks a sequence as finished and frees pages that no other sequence needs.
  func finish(sequence: Int) {
    let last = forest.lastNode[sequence]
    guard last >= 0 else { return }
    forEachAncestor(of: last) { node in
      state[node].open -= 1
      if state[node].open == 0 {
        state[node].own.forEach(pool.giveBack)
        state[node].own = []
        state[node].table = []
      }
    }
  }

  /// The node and its ancestors, upwards.
  func forEachAncestor(of node: Int, _ body: (Int) -> Void) {
    var current = node
    while current >= 0 {
      body(current)
      current = forest.nodes[current].parent
    }
  }
}
