import Formats

/// A memory-mapped `pytorch_model.bin`, as `torch.save` has written it since version 1.6.
///
/// A zip file whose entry `data.pkl` describes the tensors and whose entries `data/KEY` hold their elements.
/// The description is read by a machine that can build tensors and nothing else.
package struct PyTorchArchive: Checkpoint {
  /// Where a tensor's elements are.
  private struct Layout: Sendable {
    let dtype: DType
    /// Byte of the first element in the file.
    let start: Int
    /// Elements from one index of each dimension to the next.
    let strides: [Int]
    let isContiguous: Bool
  }

  private let file: MappedFile
  private let layouts: [String: Layout]
  private let descriptions: [String: TensorDescription]
  package let tensors: [TensorDescription]

  /// Path of the file.
  package var path: String { file.path }

  /// Largest description read, in bytes.
  static let maximumPickleBytes = 1 << 26

  /// Maps and validates the file at `path`.
  ///
  /// - Throws: `FileError` or `PyTorchArchiveError`.
  package init(path: String) throws {
    let file = try MappedFile(path: path)
    let (zip, root, found) = try file.reading { bytes in
      try Self.refuseOtherFormats(bytes, path)
      let zip = try ZipDirectory(bytes, path: path)
      let (root, pickle) = try Self.description(zip, path)
      try Self.checkByteOrder(zip.entries["\(root)byteorder"].map { bytes[$0] }, path)
      let found = try PickleReader.tensors(
        UnsafeRawBufferPointer(rebasing: bytes[pickle]), path: path)
      guard !found.isEmpty else { throw PyTorchArchiveError.noTensors(path: path) }
      return (zip, root, found)
    }
    var layouts: [String: Layout] = [:]
    tensors = try found.map { name, tensor in
      let data = zip.entries["\(root)data/\(tensor.storage.key)"]
      layouts[name] = try Self.layout(name, tensor, data, file)
      return TensorDescription(
        name: name, shape: tensor.shape, storedType: tensor.storage.dtype.rawValue,
        byteCount: tensor.shape.reduce(1, *) * tensor.storage.dtype.bitWidth / 8)
    }
    self.file = file
    self.layouts = layouts
    descriptions = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
  }

  private static func refuseOtherFormats(
    _ bytes: UnsafeRawBufferPointer, _ path: String
  ) throws(PyTorchArchiveError) {
    if bytes.starts(with: "PK\u{3}\u{4}".utf8) { return }
    if bytes.starts(with: [0x80, 2]) || bytes.starts(with: [0x80, 4]) {
      throw .legacy(path: path, kind: "a bare pickle")
    }
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      throw .legacy(path: path, kind: "a tar file")
    }
    if bytes.starts(with: "version https://git-lfs".utf8) {
      throw .notAnArchive(path: path, looksLike: "a Git LFS pointer in its place")
    }
    throw .notAnArchive(path: path, looksLike: "it does not begin as a zip file")
  }

  /// The archive's folder inside the zip, with its slash, and where the description lies.
  private static func description(
    _ zip: ZipDirectory, _ path: String
  ) throws(PyTorchArchiveError) -> (root: String, pickle: Range<Int>) {
    let names = zip.entries.keys.filter { $0.hasSuffix("/data.pkl") }
    guard names.count == 1, let name = names.first, let range = zip.entries[name] else {
      throw .damagedZip(path: path, reason: "\(names.count) entries 'data.pkl' instead of one")
    }
    let root = String(name.dropLast("data.pkl".count))
    guard zip.entries["\(root)constants.pkl"] == nil else {
      throw .notAnArchive(path: path, looksLike: "a TorchScript program; its state_dict is needed")
    }
    guard range.count <= maximumPickleBytes else {
      throw .damagedZip(
        path: path, reason: "'data.pkl' has \(range.count) bytes, more than \(maximumPickleBytes)")
    }
    return (root, range)
  }

  private static func checkByteOrder(
    _ order: Slice<UnsafeRawBufferPointer>?, _ path: String
  ) throws(PyTorchArchiveError) {
    if let order, !order.elementsEqual("little".utf8) {
      throw .notAnArchive(path: path, looksLike: "its numbers are not little-endian")
    }
  }

  private static func layout(
    _ name: String, _ tensor: PickledTensor, _ data: Range<Int>?, _ file: MappedFile
  ) throws(PyTorchArchiveError) -> Layout {
    func invalid(_ reason: String) -> PyTorchArchiveError {
      .invalidTensor(path: file.path, tensor: name, reason: reason)
    }
    let storage = tensor.storage
    guard let data else {
      throw invalid("its elements, 'data/\(storage.key.shown())', are missing")
    }
    let width = storage.dtype.bitWidth / 8
    guard storage.count <= data.count / width, storage.count * width == data.count else {
      throw invalid("\(storage.count) elements of \(storage.dtype.rawValue) in \(data.count) bytes")
    }
    let (shape, strides) = (tensor.shape, tensor.strides)
    guard shape.count == strides.count, shape.count <= SafetensorsHeader.maximumRank,
      (shape + strides + [tensor.offset]).allSatisfy({ $0 >= 0 })
    else {
      throw invalid("shape \(shape.shown) with strides \(strides.shown) from \(tensor.offset)")
    }
    // Strides of 0 repeat elements; without a limit, a small file could ask for all memory.
    guard let count = product(shape), count <= file.bytes.count else {
      throw invalid("shape \(shape.shown) has more elements than the file has bytes")
    }
    if count > 0 {
      guard let last = lastElement(tensor), last < storage.count else {
        throw invalid(
          "shape \(shape.shown) with strides \(strides.shown) from \(tensor.offset) leaves its \(storage.count) elements"
        )
      }
    }
    return Layout(
      dtype: storage.dtype, start: data.lowerBound + (count > 0 ? tensor.offset * width : 0),
      strides: strides, isContiguous: isContiguous(shape, strides))
  }

  private static func product(_ factors: [Int]) -> Int? {
    var result = 1
    for factor in factors {
      let (product, overflow) = result.multipliedReportingOverflow(by: factor)
      if overflow { return nil }
      result = product
    }
    return result
  }

  /// Index of the last element that a tensor without empty dimensions reaches; nil when it overflows.
  private static func lastElement(_ tensor: PickledTensor) -> Int? {
    var last = tensor.offset
    for (extent, stride) in zip(tensor.shape, tensor.strides) {
      let (step, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(step)
      if overflow || carry { return nil }
      last = sum
    }
    return last
  }

  private static func isContiguous(_ shape: [Int], _ strides: [Int]) -> Bool {
    if shape.contains(0) { return true }
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }

  package func description(of name: String) -> TensorDescription? { descriptions[name] }

  package func file(of name: String) -> String? { layouts[name] == nil ? nil : path }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let layout = layouts[name] else { throw CheckpointError.missingTensor(name) }
    guard TensorDescription.readableTypes.contains(layout.dtype.rawValue) else {
      throw PyTorchArchiveError.notFloat(path: path, tensor: name, type: layout.dtype.rawValue)
    }
    guard !destination.isEmpty else { return }
    let width = layout.dtype.bitWidth / 8
    guard layout.isContiguous else {
      return try file.reading { bytes in
        guard let base = bytes.baseAddress else { return }
        Self.gather(base, layout, description.shape, firstRow: rows.lowerBound, destination)
      }
    }
    let begin = layout.start + rows.lowerBound * description.columns * width
    try file.reading { bytes in
      guard let base = bytes.baseAddress else { return }
      _ = FloatConversion.widen(base + begin, layout.dtype, into: destination)
    }
    file.release(begin..<begin + destination.count * width)
  }

  /// Reads a tensor whose elements do not lie one after another.
  private static func gather(
    _ base: UnsafeRawPointer, _ layout: Layout, _ shape: [Int], firstRow: Int,
    _ destination: UnsafeMutableBufferPointer<Float>
  ) {
    let width = layout.dtype.bitWidth / 8
    // Row-major indices counted up, the last one fastest.
    var index = [Int](repeating: 0, count: shape.count)
    index[0] = firstRow
    for element in destination.indices {
      let place = zip(index, layout.strides).reduce(0) { $0 + $1.0 * $1.1 }
      _ = FloatConversion.widen(
        base + layout.start + place * width, layout.dtype,
        into: UnsafeMutableBufferPointer(rebasing: destination[element..<element + 1]))
      for dimension in index.indices.reversed() {
        index[dimension] += 1
        if index[dimension] < shape[dimension] || dimension == 0 { break }
        index[dimension] = 0
      }
    }
  }
}
