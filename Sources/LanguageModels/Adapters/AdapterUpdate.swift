import Tensors

/// What an adapter with more than low-rank factors changes of its base, streamed.
///
/// - Paper: Liu et al. 2024, "DoRA: Weight-Decomposed Low-Rank Adaptation", equation 5,
///   https://arxiv.org/abs/2402.09353
struct AdapterUpdate: Checkpoint {
  let tensors: [TensorDescription]
  private let adapter: Adapter
  private let products: LowRankCheckpoint
  private let base: any Checkpoint
  private let byName: [String: TensorDescription]
  /// Lengths over lengths, for each column of the embeddings.
  private var columnFactors: [String: [Float]] = [:]

  /// - Throws: what reading throws; DoRA of embeddings takes a pass over them.
  init(_ adapter: Adapter, products: LowRankCheckpoint, base: any Checkpoint) throws {
    (self.adapter, self.products, self.base) = (adapter, products, base)
    let names = Set(products.tensors.map(\.name)).union(adapter.replacements.keys)
      .union(adapter.addedBiases.keys).union(adapter.rows.keys)
    tensors = base.tensors.filter { names.contains($0.name) }.map(\.asFloat32)
    byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    for (name, tensor) in adapter.magnitudes where name == DecoderNames.embedding {
      columnFactors[name] = try columnFactors(of: name, lengths: tensor)
    }
  }

  func description(of name: String) -> TensorDescription? { byName[name] }

  func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard !destination.isEmpty else { return }
    let before = Tensor([destination.count])
    try base.read(name, rows: rows, into: before.elements)
    try readChanged(name, rows: rows, before: before, into: destination)
    if let lengths = adapter.magnitudes[name] {
      if let factors = columnFactors[name] {
        for index in destination.indices { destination[index] *= factors[index % factors.count] }
      } else {
        let wanted = Tensor([rows.count])
        try adapter.factors.read(lengths, rows: rows, into: wanted.elements)
        for row in 0..<rows.count {
          let range = row * description.columns..<(row + 1) * description.columns
          let sum = range.reduce(0.0) { $0 + Double(destination[$1]) * Double(destination[$1]) }
          let factor = wanted[row] / Float(sum.squareRoot())
          for index in range { destination[index] *= factor }
        }
      }
    }
    for index in destination.indices { destination[index] -= before[index] }
  }

  /// The tensor with everything but its lengths.
  private func readChanged(
    _ name: String, rows: Range<Int>, before: Tensor,
    into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    if let whole = adapter.replacements[name] {
      try adapter.factors.read(whole, rows: rows, into: destination)
    } else {
      _ = destination.update(fromContentsOf: before.elements)
    }
    if let replaced = adapter.rows[name] {
      let columns = destination.count / rows.count
      for (index, row) in rows.enumerated() {
        guard let place = replaced.places[row] else { continue }
        try adapter.factors.read(
          replaced.tensor, rows: place..<place + 1,
          into: .init(rebasing: destination[index * columns..<(index + 1) * columns]))
      }
    }
    let added = Tensor([destination.count])
    if products.description(of: name) != nil {
      try products.read(name, rows: rows, into: added.elements)
    } else if let bias = adapter.addedBiases[name] {
      try adapter.factors.read(bias.tensor, rows: rows, into: added.elements)
      for index in 0..<added.count { added[index] *= Float(bias.scale) }
    } else {
      return
    }
    for index in destination.indices { destination[index] += added[index] }
  }

  private func columnFactors(of name: String, lengths: String) throws -> [Float] {
    let wanted = try adapter.factors.tensor(lengths)
    guard let description = byName[name] else { return [] }
    var sums = [Double](repeating: 0, count: description.columns)
    let row = Tensor([description.columns])
    let before = Tensor([description.columns])
    for index in 0..<description.rows {
      try base.read(name, rows: index..<index + 1, into: before.elements)
      try readChanged(name, rows: index..<index + 1, before: before, into: row.elements)
      for column in sums.indices { sums[column] += Double(row[column]) * Double(row[column]) }
    }
    return sums.indices.map { wanted[$0] / Float(sums[$0].squareRoot()) }
  }
}
