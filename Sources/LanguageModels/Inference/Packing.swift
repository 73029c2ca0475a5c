import Tensors

/// Reads several tensors of a checkpoint as one stacked matrix.
struct Packing {
  let checkpoint: any Checkpoint
  let computeType: ComputeType

  /// The tensors' rows one after another, `[Σ rows, columns]`; `isPaired` where they are two halves to come out together.
  func matrix(_ names: [String], isPaired: Bool = false) throws -> PackedMatrix {
    let parts = try names.map { name in
      guard let part = checkpoint.description(of: name) else {
        throw CheckpointError.missingTensor(name)
      }
      return part
    }
    return try PackedMatrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts.first?.columns ?? 0,
      computeType: computeType, isPaired: isPaired
    ) { range, buffer in
      var first = 0
      for part in parts {
        let wanted = range.clamped(to: first..<first + part.rows)
        if !wanted.isEmpty {
          let offset = (wanted.lowerBound - range.lowerBound) * part.columns
          try checkpoint.read(
            part.name, rows: wanted.lowerBound - first..<wanted.upperBound - first,
            into: UnsafeMutableBufferPointer(
              rebasing: buffer[offset..<offset + wanted.count * part.columns]))
        }
        first += part.rows
      }
    }
  }

  /// A norm's gain, whatever of it is stored.
  func gain(_ name: String, _ configuration: DecoderConfiguration) throws -> Tensor {
    configuration.gain(try checkpoint.tensor(name))
  }

  /// The biases one after another; `nil` if there are none.
  func bias(_ names: [String]) throws -> Tensor? {
    guard names.contains(where: { checkpoint.description(of: $0) != nil }) else { return nil }
    var values: [Float] = []
    for name in names { values += try checkpoint.tensor(name).values }
    return Tensor([values.count], values)
  }
}
