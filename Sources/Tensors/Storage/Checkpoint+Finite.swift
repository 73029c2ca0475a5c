import CKernels

extension Checkpoint {
  /// Reads all readable tensors and throws for the first element that is not finite.
  ///
  /// Checks the stored bytes directly, as fast as files can be read.
  /// - Throws: `CheckpointError.notFinite`, and what reading throws.
  package func requireFinite() throws {
    let readable = tensors.filter { TensorDescription.readableTypes.contains($0.storedType) }
    _ = try parallelMap(readable.count) { try requireFinite(readable[$0]) }
  }

  private func requireFinite(_ tensor: TensorDescription) throws {
    guard tensor.columns > 0 else { return }
    if let format = FloatFormat(rawValue: tensor.storedType) {
      var isFinite = true
      let isStored = try copyStored(tensor.name, as: format) { bytes in
        isFinite = isFinite && Self.allFinite(bytes, format)
      }
      if isStored, isFinite { return }
    }
    let step = max(1, (1 << 16) / tensor.columns)
    let values = Tensor([min(step, tensor.rows), tensor.columns])
    for first in stride(from: 0, to: tensor.rows, by: step) {
      let rows = first..<min(first + step, tensor.rows)
      let part = UnsafeMutableBufferPointer(
        rebasing: values.elements[..<(rows.count * tensor.columns)])
      try read(tensor.name, rows: rows, into: part)
      guard !MergingKernels.allFinite(UnsafeBufferPointer(part)) else { continue }
      for (index, value) in part.enumerated() where !value.isFinite {
        throw CheckpointError.notFinite(
          file: file(of: tensor.name), tensor: tensor.name,
          index: first * tensor.columns + index, value: value)
      }
    }
  }

  private static func allFinite(_ bytes: UnsafeRawBufferPointer, _ format: FloatFormat) -> Bool {
    guard let start = bytes.baseAddress else { return true }
    let count = Int64(bytes.count / format.byteCount)
    return switch format {
    case .float32: sk_allFinite32(start, count) != 0
    case .bfloat16: sk_allFinite16(start, 0x7F80, count) != 0
    case .float16: sk_allFinite16(start, 0x7C00, count) != 0
    }
  }
}
