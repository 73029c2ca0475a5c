/// A GGUF file as a checkpoint with Hugging Face names, shapes and row order.
///
/// For the `llama` architecture llama.cpp stores the rows of the query and key projections interleaved
/// (rotary pairs side by side); reads undo that, so that every checkpoint means the same thing.
package struct GGUFCheckpoint: Checkpoint {
  private struct Home: Sendable {
    let description: TensorDescription
    let entry: GGUFHeader.Entry
    /// Heads whose rows are interleaved; nil when the rows are in order.
    let interleavedHeads: Int?
    /// What is added to every number.
    let offset: Float
  }

  /// The file under its own names, with its metadata.
  package let file: GGUFFile
  package let tensors: [TensorDescription]
  private let homes: [String: Home]
  /// `general.architecture`.
  package let architecture: String

  /// Maps and validates the file at `path`.
  ///
  /// - Throws: `FileError` or `GGUFError`.
  package init(path: String) throws {
    try self.init(file: GGUFFile(path: path))
  }

  /// - Throws: `GGUFError` when the architecture or a tensor's name is not known.
  package init(file: GGUFFile) throws(GGUFError) {
    self.file = file
    guard let architecture = file.metadata["general.architecture"]?.string else {
      throw .invalidMetadata(
        path: file.path, key: "general.architecture", reason: "is missing or not text")
    }
    guard let names = GGUFTensorNames.architectures[architecture] else {
      throw .unsupportedArchitecture(path: file.path, architecture: architecture)
    }
    self.architecture = architecture
    var homes: [String: Home] = [:]
    var tensors: [TensorDescription] = []
    let constants: Set = [
      GGUFTensorNames.rotaryFactors, GGUFTensorNames.shortRotaryFactors,
      GGUFTensorNames.longRotaryFactors,
    ]
    for entry in file.entries where !constants.contains(entry.name) {
      guard let name = names.networkName(entry.name) else {
        throw .unknownTensorName(path: file.path, tensor: entry.name, architecture: architecture)
      }
      let description = TensorDescription(
        name: name, shape: entry.shape, storedType: entry.type.name, byteCount: entry.bytes.count)
      let heads =
        names.interleavesRotaryPairs ? try Self.interleavedHeads(of: entry, in: file) : nil
      homes[name] = Home(
        description: description, entry: entry, interleavedHeads: heads,
        offset: names.offset(entry.name))
      tensors.append(description)
    }
    (self.homes, self.tensors) = (homes, tensors)
  }

  private static func interleavedHeads(
    of entry: GGUFHeader.Entry, in file: GGUFFile
  ) throws(GGUFError) -> Int? {
    let queryKey = "llama.attention.head_count"
    let isKey = GGUFTensorNames.isKey(entry.name)
    guard isKey || GGUFTensorNames.isQuery(entry.name) else { return nil }
    let groupedKey = "llama.attention.head_count_kv"
    let key = isKey && file.metadata[groupedKey] != nil ? groupedKey : queryKey
    guard let heads = file.metadata[key]?.integer, heads > 0 else {
      throw .invalidMetadata(path: file.path, key: key, reason: "must be a whole number above 0")
    }
    let rows = entry.shape[0]
    guard heads <= rows, rows % heads == 0, (rows / heads) % 2 == 0 else {
      throw .invalidShape(
        path: file.path, tensor: entry.name,
        reason: "\(rows) rows are not \(heads) heads of an even width")
    }
    return heads
  }

  package func description(of name: String) -> TensorDescription? { homes[name]?.description }

  package func file(of name: String) -> String? { homes[name] == nil ? nil : file.path }

  /// Factors by which the rotary frequencies are divided, `[E/2]`, if the file brings them.
  package func rotaryFactors() throws -> [Float]? {
    try constants(GGUFTensorNames.rotaryFactors)
  }

  /// The same for sequences up to the original context and for longer ones, if the file brings both.
  package func rotaryFactorsByLength() throws -> (short: [Float], long: [Float])? {
    guard let short = try constants(GGUFTensorNames.shortRotaryFactors),
      let long = try constants(GGUFTensorNames.longRotaryFactors)
    else { return nil }
    return (short, long)
  }

  private func constants(_ name: String) throws -> [Float]? {
    try file.entries.first { $0.name == name }.map(wholeVector)
  }

  package func read(
    _ name: String, rows: Range<Int>, into destination: UnsafeMutableBufferPointer<Float>
  ) throws {
    let description = try checkedDescription(of: name, rows: rows, count: destination.count)
    guard let home = homes[name] else { throw CheckpointError.missingTensor(name) }
    if description.shape.count == 1 {
      let values = try wholeVector(home.entry)
      for (index, row) in rows.enumerated() {
        let value = values[storedRow(row, of: home)]
        destination[index] = home.offset == 0 ? value : value + home.offset
      }
      return
    }
    let rowsPerFirst = description.shape.dropFirst().dropLast().reduce(1, *)
    guard home.interleavedHeads != nil else {
      return try file.read(
        home.entry, firstRow: rows.lowerBound * rowsPerFirst, into: destination)
    }
    let columns = description.columns
    for (index, row) in rows.enumerated() {
      let range = index * columns..<(index + 1) * columns
      try file.read(
        home.entry, firstRow: storedRow(row, of: home) * rowsPerFirst,
        into: UnsafeMutableBufferPointer(rebasing: destination[range]))
    }
    if rows.count == description.rows { file.release(home.entry) }
  }

  private func wholeVector(_ entry: GGUFHeader.Entry) throws -> [Float] {
    let values = Tensor([entry.shape.reduce(1, *)])
    try file.read(entry, firstRow: 0, into: values.elements)
    return values.values
  }

  /// Row of the file that holds row `row` of the Hugging Face tensor.
  ///
  /// Within a head of width E, llama.cpp's row 2i + s is Hugging Face's row s · E/2 + i.
  private func storedRow(_ row: Int, of home: Home) -> Int {
    guard let heads = home.interleavedHeads else { return row }
    let width = home.description.rows / heads
    let (head, within) = row.quotientAndRemainder(dividingBy: width)
    let (side, pair) = within.quotientAndRemainder(dividingBy: width / 2)
    return head * width + 2 * pair + side
  }
}
