/// Clusters of the documents' embeddings, for corpora without an attribute.
///
/// - Paper: Lloyd 1982, "Least Squares Quantization in PCM",
///   https://doi.org/10.1109/TIT.1982.1056489; first centres as in Arthur & Vassilvitskii 2007,
///   "k-means++: The Advantages of Careful Seeding"
/// - Deviations: a cluster that loses all its documents restarts at the document farthest from its
///   centre.
package struct KMeans: Splitter {
  package static let card = MethodCard(
    name: "k_means", title: "k-means",
    reference: "https://doi.org/10.1109/TIT.1982.1056489",
    summary: "Clusters of the documents by the model's own embeddings.")

  /// Number of parts.
  package var clusters = 5
  /// Maximum number of iterations of assigning and averaging.
  package var iterations = 100
  /// Whether to normalise embeddings to unit length first, so that only their direction matters.
  package var normalize = true
  /// A part with fewer documents is an error.
  package var minimumDocuments = 2

  package static let asksModel = true

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "clusters": .from(2, to: 10_000), "iterations": .from(1, to: 1e6),
    "minimumDocuments": minimumRange,
  ]

  package func split(
    _ documents: [ForgetDocument], in context: inout SplitContext
  ) throws -> Split {
    try checkNotEmpty(documents)
    guard let embed = context.embeddings else { throw SplitError.noModel }
    let vectors = try checked(try embed(documents), documents: documents.count)
    let assignment = try assign(vectors, in: &context)
    var groups = OrderedGroups()
    for (document, cluster) in zip(documents, assignment) {
      groups.add(document, to: "\(cluster)")
    }
    let parts = groups.parts.enumerated().map {
      ForgetPart(name: "cluster-\($0 + 1)", documents: $1.documents)
    }
    try checkParts(
      parts, minimumDocuments: minimumDocuments, method: "k-means",
      remedy: "give documents that differ")
    return Split(parts: parts)
  }

  private func checked(_ vectors: [[Float]], documents: Int) throws(SplitError) -> [[Float]] {
    guard vectors.count == documents else {
      throw .answerCount(vectors.count, of: "embeddings", documents: documents)
    }
    let width = vectors.first?.count ?? 0
    guard width > 0, vectors.allSatisfy({ $0.count == width }) else {
      throw .embeddings(reason: "their lengths differ or are 0")
    }
    guard vectors.joined().allSatisfy(\.isFinite) else {
      throw .embeddings(reason: "some components are not finite")
    }
    guard Set(vectors).count >= clusters else {
      throw .embeddings(
        reason: "only \(Set(vectors).count) differ, fewer than clusters = \(clusters)")
    }
    guard normalize else { return vectors }
    return vectors.map { vector in
      let length = vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      return length > 0 ? vector.map { Float(Double($0) / length) } : vector
    }
  }

  /// The cluster of each vector.
  func assign(_ vectors: [[Float]], in context: inout SplitContext) throws -> [Int] {
    var centres = firstCentres(vectors, in: &context)
    var assignment = [Int](repeating: -1, count: vectors.count)
    for _ in 0..<iterations {
      let nearest = vectors.map { Self.nearest(to: $0, among: centres) }
      let next = nearest.map(\.index)
      if next == assignment { break }
      assignment = next
      centres = means(of: vectors, nearest, old: centres)
    }
    return assignment
  }

  /// k-means++: each further centre is drawn with probability proportional to the squared distance
  /// from the nearest centre so far.
  private func firstCentres(_ vectors: [[Float]], in context: inout SplitContext) -> [[Double]] {
    var centres = [vectors[context.draw(below: vectors.count)].map { Double($0) }]
    var distances = vectors.map { Self.distance($0, centres[0]) }
    while centres.count < clusters {
      let total = distances.reduce(0, +)
      var rest = Double(context.random.next() >> 11) * 0x1p-53 * total
      var chosen = distances.indices.last { distances[$0] > 0 } ?? 0
      for (index, distance) in distances.enumerated() where distance > 0 {
        if rest < distance {
          chosen = index
          break
        }
        rest -= distance
      }
      let centre = vectors[chosen].map { Double($0) }
      for index in distances.indices {
        distances[index] = min(distances[index], Self.distance(vectors[index], centre))
      }
      centres.append(centre)
    }
    return centres
  }

  private func means(
    of vectors: [[Float]], _ nearest: [(index: Int, distance: Double)], old: [[Double]]
  ) -> [[Double]] {
    var sums = old.map { [Double](repeating: 0, count: $0.count) }
    var counts = [Int](repeating: 0, count: old.count)
    for (vector, near) in zip(vectors, nearest) {
      counts[near.index] += 1
      for component in vector.indices { sums[near.index][component] += Double(vector[component]) }
    }
    var farthest = vectors.indices.sorted { nearest[$0].distance > nearest[$1].distance }[...]
    return sums.indices.map { cluster in
      if counts[cluster] > 0 { return sums[cluster].map { $0 / Double(counts[cluster]) } }
      return farthest.popFirst().map { vectors[$0].map { Double($0) } } ?? old[cluster]
    }
  }

  private static func nearest(
    to vector: [Float], among centres: [[Double]]
  ) -> (index: Int, distance: Double) {
    var best = (index: 0, distance: Double.infinity)
    for (index, centre) in centres.enumerated() {
      let distance = distance(vector, centre)
      if distance < best.distance { best = (index, distance) }
    }
    return best
  }

  private static func distance(_ vector: [Float], _ centre: [Double]) -> Double {
    var sum = 0.0
    for index in vector.indices {
      let difference = Double(vector[index]) - centre[index]
      sum += difference * difference
    }
    return sum
  }
}
