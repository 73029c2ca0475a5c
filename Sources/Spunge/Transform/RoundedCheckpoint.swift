import Tensors

/// A checkpoint that reads some tensors rounded to the values of a quantised file.
struct RoundedCheckpoint: Checkpoint {
  private let original: any Checkpoint
  private let names: Set<String>
  private let rounding: BlockRounding

  var tensors: [TensorDescription] { original.tensors }

  init(_ original: any Checkpoint, tensors: Set<String>, rounding: BlockRounding) {
    self.original = original
    names = tensors
    self.rounding = rounding
  }

  func description(of name: String) -> TensorDescription? { original.description(of: name) }

  func file(of name: String) -> String? {
    names.contains(name) ? nil : original.file(of: name)
  }

  func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard names.contains(name), let description = original.description(of: name) else {
      return try original.read(name, rows: rows, into: destination)
    }
    let columns = description.columns
    // Blocks may span rows: read as many rows as contain whole blocks.
    let step = rounding.rowsOfWholeBlocks(columns: columns)
    let first = rows.lowerBound / step * step
    let last = min((rows.upperBound + step - 1) / step * step, description.rows)
    guard first < rows.lowerBound || last > rows.upperBound else {
      try original.read(name, rows: rows, into: destination)
      return rounding.round(destination, columns: columns)
    }
    let whole = UnsafeMutableBufferPointer<Float>.allocate(capacity: (last - first) * columns)
    defer { whole.deallocate() }
    try original.read(name, rows: first..<last, into: whole)
    rounding.round(whole, columns: columns)
    let start = (rows.lowerBound - first) * columns
    _ = destination.update(
      fromContentsOf: UnsafeMutableBufferPointer(
        rebasing: whole[start..<start + rows.count * columns]))
  }
}
