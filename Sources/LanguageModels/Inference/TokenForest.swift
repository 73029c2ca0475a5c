/// Token sequences as a prefix trie with compressed runs: every distinct prefix appears exactly once.
///
/// Nodes are in depth-first order, a parent before its children.
package struct TokenForest {
  /// A run of tokens that several sequences may share.
  package struct Node {
    /// Index of the parent, -1 for a root.
    let parent: Int
    /// A sequence that contains the run.
    let sequence: Int
    /// Positions of the run's tokens in that sequence.
    let range: Range<Int>
  }

  package let nodes: [Node]
  /// Node in which each sequence ends; -1 for an empty one.
  let lastNode: [Int]

  /// Number of tokens that must be computed.
  package var tokens: Int { nodes.reduce(0) { $0 + $1.range.count } }

  /// - Complexity: O(n log n) comparisons of sequences.
  package init(_ sequences: [[Int32]]) {
    let order = sequences.indices.sorted {
      sequences[$0].lexicographicallyPrecedes(sequences[$1])
    }
    var nodes: [Node] = []
    var lastNode = [Int](repeating: -1, count: sequences.count)
    // Ranges of the sorted sequences that agree on their first `depth` tokens, the next one on top.
    var pending: [(sorted: Range<Int>, depth: Int, parent: Int)] = []
    Self.split(order.indices, at: 0, parent: -1, order, sequences, into: &pending)
    while let (sorted, depth, parent) = pending.popLast() {
      let (low, high) = (order[sorted.lowerBound], order[sorted.upperBound - 1])
      var common = depth
      let limit = min(sequences[low].count, sequences[high].count)
      while common < limit, sequences[low][common] == sequences[high][common] { common += 1 }
      let index = nodes.count
      nodes.append(Node(parent: parent, sequence: low, range: depth..<common))
      var rest = sorted
      while let first = rest.first, sequences[order[first]].count == common {
        lastNode[order[first]] = index
        rest = rest.dropFirst()
      }
      Self.split(rest, at: common, parent: index, order, sequences, into: &pending)
    }
    self.nodes = nodes
    self.lastNode = lastNode
  }

  /// Pushes one range for each distinct token at `depth`, last first.
  private static func split(
    _ sorted: Range<Int>, at depth: Int, parent: Int, _ order: [Int], _ sequences: [[Int32]],
    into pending: inout [(sorted: Range<Int>, depth: Int, parent: Int)]
  ) {
    var end = sorted.upperBound
    while end > sorted.lowerBound {
      // Only empty sequences are left.
      guard sequences[order[end - 1]].count > depth else { return }
      let token = sequences[order[end - 1]][depth]
      var start = end - 1
      while start > sorted.lowerBound, sequences[order[start - 1]].count > depth,
        sequences[order[start - 1]][depth] == token
      {
        start -= 1
      }
      pending.append((start..<end, depth, parent))
      end = start
    }
  }
}
