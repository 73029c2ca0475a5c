import Synchronization
package import Tensors

/// Tensors of a family's files as the network has them, or the network's as the family's files have them: renamed, and
/// rows in another order or transposed where the family's layout differs.
package struct SpelledCheckpoint: Checkpoint {
  package let tensors: [TensorDescription]
  private let original: any Checkpoint
  private let homes: [String: Home]
  private let transposed = TransposedTensor()

  private struct Home: Sendable {
    let description: TensorDescription
    let original: String
    let isTransposed: Bool
    /// For each row its row in the original, where their order differs.
    let order: [Int]?
  }

  /// The network's tensors from `stored`, a family's files; what is unknown keeps its name.
  init(stored: any Checkpoint, _ configuration: DecoderConfiguration) {
    let spelling = configuration.architecture.spelling
    let known = Set(configuration.expectedTensors.map { spelling.stored($0.name) })
    // Saved from a class that has no head, names lack the first part.
    let prefix = String(spelling.layers.prefix { $0 != "." }) + "."
    let taken = Set(stored.tensors.map(\.name))
    let names = stored.tensors.compactMap { tensor -> (String, String)? in
      guard !spelling.buffers.contains(where: tensor.name.hasSuffix) else { return nil }
      let full = prefix + tensor.name
      let isShort = !known.contains(tensor.name) && known.contains(full) && !taken.contains(full)
      return (spelling.network(isShort ? full : tensor.name), tensor.name)
    }
    self.init(stored, names, configuration, toNetwork: true)
  }

  /// A family's files' tensors from the network's.
  package init(network: any Checkpoint, _ configuration: DecoderConfiguration) {
    let spelling = configuration.architecture.spelling
    self.init(
      network, network.tensors.map { (spelling.stored($0.name), $0.name) }, configuration,
      toNetwork: false)
  }

  private init(
    _ original: any Checkpoint, _ names: [(new: String, original: String)],
    _ configuration: DecoderConfiguration, toNetwork: Bool
  ) {
    let spelling = configuration.architecture.spelling
    var homes: [String: Home] = [:]
    var tensors: [TensorDescription] = []
    for (new, old) in names {
      guard let found = original.description(of: old), homes[new] == nil else { continue }
      let layout = spelling.layout(of: toNetwork ? new : old)
      let isTransposed = layout == .transposed && found.shape.count == 2
      let description = TensorDescription(
        name: new, shape: isTransposed ? found.shape.reversed() : found.shape,
        storedType: found.storedType, byteCount: found.byteCount)
      let order = configuration.rowOrder(layout, rows: description.rows, toNetwork: toNetwork)
      homes[new] = Home(
        description: description, original: old, isTransposed: isTransposed, order: order)
      tensors.append(description)
    }
    (self.original, self.homes, self.tensors) = (original, homes, tensors)
  }

  package func description(of name: String) -> TensorDescription? { homes[name]?.description }

  package func file(of name: String) -> String? {
    homes[name].flatMap { original.file(of: $0.original) }
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    if home.isTransposed {
      let whole = try transposed.values(home.original, of: original)
      let first = rows.lowerBound * description.columns
      _ = destination.update(fromContentsOf: whole[first..<first + destination.count])
    } else if let order = home.order {
      let columns = description.columns
      for (index, row) in rows.enumerated() {
        try original.read(
          home.original, rows: order[row]..<order[row] + 1,
          into: .init(rebasing: destination[index * columns..<(index + 1) * columns]))
      }
    } else {
      try original.read(home.original, rows: rows, into: destination)
    }
  }

  package func copyStored(
    _ name: String, as format: FloatFormat, to body: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Bool {
    guard let home = homes[name], !home.isTransposed, home.order == nil else { return false }
    return try original.copyStored(home.original, as: format, to: body)
  }
}

/// The last tensor that was transposed: its rows are asked for piece by piece, from several threads.
private final class TransposedTensor: Sendable {
  private let last = Mutex<(name: String, values: [Float])>(("", []))

  /// The elements of the transpose, row-major.
  func values(_ name: String, of checkpoint: any Checkpoint) throws -> [Float] {
    try last.withLock { last in
      if last.name == name { return last.values }
      let stored = try checkpoint.tensor(name)
      let (rows, columns) = (stored.rows, stored.columns)
      let values = [Float](unsafeUninitializedCapacity: rows * columns) { values, count in
        for row in 0..<rows {
          for column in 0..<columns { values[column * rows + row] = stored[row * columns + column] }
        }
        count = rows * columns
      }
      last = (name, values)
      return values
    }
  }
}

extension DecoderConfiguration {
  /// For each row of a tensor the row that it is in the other layout; `nil` where it is the same.
  /// - Parameter toNetwork: whether rows of the network are looked up in the file, or the other way.
  func rowOrder(_ layout: DecoderSpelling.Layout, rows: Int, toNetwork: Bool) -> [Int]? {
    let inFile: (Int) -> Int
    let (heads, width) = (headCount, headWidth)
    switch layout {
    case .same, .transposed: return nil
    case .headByHead:
      guard rows == 3 * heads * width else { return nil }
      inFile = { row in
        let (part, within) = row.quotientAndRemainder(dividingBy: heads * width)
        let (head, element) = within.quotientAndRemainder(dividingBy: width)
        return (head * 3 + part) * width + element
      }
    case .pairs:
      guard rows == heads * width else { return nil }
      let half = rotaryWidth / 2
      inFile = { row in
        let (head, element) = row.quotientAndRemainder(dividingBy: width)
        guard element < 2 * half else { return row }
        return head * width + 2 * (element % half) + element / half
      }
    }
    let order = (0..<rows).map(inFile)
    guard !toNetwork else { return order }
    var inverse = order
    for (row, place) in order.enumerated() { inverse[place] = row }
    return inverse
  }
}

extension Tensor {
  /// A copy whose row i is row `order[i]` of this.
  func rows(in order: [Int]) -> Tensor {
    let result = Tensor(shape)
    for (row, source) in order.enumerated() {
      (result.pointer + row * columns).update(from: pointer + source * columns, count: columns)
    }
    return result
  }
}
