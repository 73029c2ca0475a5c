import Formats
package import Tensors

/// Weights as their file has them, brought under the network's names.
struct StoredWeights {
  /// What the network's head is may differ from what config.json says.
  let configuration: DecoderConfiguration
  /// Holds nothing that the network does not use, as far as it is known what that is.
  let checkpoint: any Checkpoint
  /// What the user should know.
  let remarks: [String]
  private static let classifierHead = "score.weight"

  /// Follows transformers 5 where a file and its config.json differ:
  ///
  /// - names and layouts of families that have others than Llama become Llama's;
  /// - names may lack the prefix `model.`, or have it once too often;
  /// - rotary frequencies, which older versions stored, and a classifier's head are left out;
  /// - of a tied model, embeddings that are missing are the head that is there, and a stored head that equals the
  ///   embeddings is left out; one that differs stays, and the model is not tied.
  ///
  /// - Throws: what reading the weights throws.
  init(_ stored: any Checkpoint, _ configuration: DecoderConfiguration, path: String) throws {
    let stored: any Checkpoint =
      configuration.architecture.spelling == DecoderSpelling()
      ? stored : SpelledCheckpoint(stored: stored, configuration)
    let known = Set(configuration.expectedTensors.map(\.name) + [DecoderNames.head])
    var (configuration, remarks) = (configuration, [String]())
    var names: [(new: String, original: String)] = []
    // Two tensors can stand for one: the second keeps its name, which the network does not have.
    var claimed: Set<String> = []
    for tensor in stored.tensors where !tensor.name.hasSuffix("rotary_emb.inv_freq") {
      if tensor.name == Self.classifierHead {
        remarks.append(
          "\(path.shown()): '\(tensor.name)', the head of a classifier, is left out, as transformers does"
        )
        continue
      }
      let others = [String(tensor.name.trimmingPrefix("model.")), "model.\(tensor.name)"]
      let name = known.contains(tensor.name) ? nil : others.first { known.contains($0) }
      let isFree = name.map { stored.description(of: $0) == nil && claimed.insert($0).inserted }
      names.append((isFree == true ? name ?? tensor.name : tensor.name, tensor.name))
    }
    let place = { (name: String) in names.firstIndex { $0.new == name } }
    if configuration.tiesEmbeddings, let head = place(DecoderNames.head) {
      if let embedding = place(DecoderNames.embedding) {
        let isCopy = try stored.holdsEqual(names[head].original, names[embedding].original)
        if isCopy {
          names.remove(at: head)
        } else {
          configuration.tiesEmbeddings = false
          remarks.append(
            "\(path.shown(limit: 500)): config.json says that the head is the embeddings, but the weights hold another "
              + "'\(names[head].original.shown())'; it is used, as transformers does")
        }
      } else {
        names[head].new = DecoderNames.embedding
      }
    }
    let isAsStored =
      names.count == stored.tensors.count && names.allSatisfy { $0.new == $0.original }
    checkpoint = isAsStored ? stored : RenamedCheckpoint(stored, names: names)
    (self.configuration, self.remarks) = (configuration, remarks)
  }
}

extension DecoderConfiguration {
  /// The tensors of a tied model or of a change to one, and its head under a name of its own.
  package static func withOwnHead(_ tied: any Checkpoint) -> any Checkpoint {
    guard tied.description(of: DecoderNames.embedding) != nil,
      tied.description(of: DecoderNames.head) == nil
    else { return tied }
    return RenamedCheckpoint(
      tied,
      names: tied.tensors.map { ($0.name, $0.name) } + [(DecoderNames.head, DecoderNames.embedding)]
    )
  }
}

extension Checkpoint {
  /// Whether two tensors have the same shape and the same numbers.
  func holdsEqual(_ first: String, _ second: String) throws -> Bool {
    guard let tensor = description(of: first), let other = description(of: second),
      tensor.shape == other.shape
    else { return false }
    guard tensor.columns > 0 else { return true }
    let step = max(1, (1 << 16) / tensor.columns)
    let (left, right) = (Tensor([step, tensor.columns]), Tensor([step, tensor.columns]))
    for start in stride(from: 0, to: tensor.rows, by: step) {
      let rows = start..<min(start + step, tensor.rows)
      let count = rows.count * tensor.columns
      try read(first, rows: rows, into: .init(rebasing: left.elements[..<count]))
      try read(second, rows: rows, into: .init(rebasing: right.elements[..<count]))
      for index in 0..<count where left[index] != right[index] { return false }
    }
    return true
  }
}
