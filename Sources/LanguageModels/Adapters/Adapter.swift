package import Tensors

/// Low-rank factors beside projections of a base model, and what else PEFT keeps with them.
package struct Adapter: Sendable {
  /// A vector that is added to a bias, times its scale.
  package struct AddedBias: Sendable, Hashable {
    package var tensor: String
    package var scale: Double
  }

  /// Rows that others take the place of.
  package struct ReplacedRows: Sendable, Hashable {
    package var tensor: String
    /// From the parameter's row to the tensor's.
    package var places: [Int: Int]
  }

  /// α; a projection of rank r is scaled by α/r, or by α/√r.
  package var alpha: Double
  /// R of most projections.
  package var rank: Int
  package var isRankStabilised: Bool
  /// Probability of dropout while it was trained.
  package var dropout: Double
  /// Names of the adapted modules, or their ends.
  package var targets: [String]
  /// The base as its author named it; empty if unknown.
  package var baseModel: String
  /// Every tensor under its name in the file; those of projections are PEFT's,
  /// `base_model.model.….lora_A.weight` and `…lora_B.weight`.
  package var factors: any Checkpoint
  /// Which factors make which parameter's update, and their scale.
  package var products: [LowRankFactors]
  /// Parameters of the base that tensors take the place of, before products are added.
  package var replacements: [String: String] = [:]
  /// Parameters of which single rows are replaced.
  package var rows: [String: ReplacedRows] = [:]
  /// Whether the base's head, which is its embeddings, becomes a tensor of its own.
  package var untiesHead = false
  /// DoRA: parameters whose rows (columns, for embeddings) get the lengths in these tensors. [out]
  package var magnitudes: [String: String] = [:]
  /// Biases of the base that something is added to.
  package var addedBiases: [String: AddedBias] = [:]
  /// What the user should know, for example modules without factors.
  package var remarks: [String] = []

  /// The update of the base's parameters, `coefficient · scale · B · A`, multiplied when it is read.
  /// - Parameter coefficient: 1 applies the adapter, −λ negates it.
  package func delta(coefficient: Double = 1) throws -> LowRankCheckpoint {
    try LowRankCheckpoint(
      factors: factors,
      products: products.map { product in
        var scaled = product
        scaled.scale *= coefficient
        return scaled
      })
  }

  /// The update of `base`, whole tensors, lengths and biases included; computed when it is read.
  ///
  /// - Parameters:
  ///   - base: has every parameter that the adapter changes.
  ///   - coefficient: 1 applies the adapter, −λ negates it.
  package func update(of base: any Checkpoint, coefficient: Double = 1) throws -> any Checkpoint {
    if replacements.isEmpty, rows.isEmpty, magnitudes.isEmpty, addedBiases.isEmpty {
      return try delta(coefficient: coefficient)
    }
    let base = untiesHead ? DecoderConfiguration.withOwnHead(base) : base
    let update = try AdapterUpdate(self, products: delta(), base: base)
    return coefficient == 1 ? update : ScaledCheckpoint(update, by: Float(coefficient))
  }

  /// The factors with rows in the order of the base's files.
  func storedFactors(_ base: DecoderConfiguration) throws -> any Checkpoint {
    let reordered = try products.compactMap { product -> (name: String, tensor: Tensor)? in
      let layout = base.architecture.spelling.layout(of: product.name)
      let factor = try factors.tensor(product.up)
      guard let order = base.rowOrder(layout, rows: factor.rows, toNetwork: false) else {
        return nil
      }
      return (product.up, factor.rows(in: order))
    }
    guard !reordered.isEmpty else { return factors }
    let names = Set(reordered.map(\.name))
    let others = factors.tensors.map(\.name).filter { !names.contains($0) }
    return JoinedCheckpoint(
      RenamedCheckpoint(factors, names: others.map { ($0, $0) }), MemoryCheckpoint(reordered))
  }

  /// PEFT's names of the factors beside the parameter that the base's files call `name`.
  static func factorNames(of name: String) -> (a: String, b: String) {
    let module = "base_model.model." + name.dropLast(".weight".count)
    return ("\(module).lora_A.weight", "\(module).lora_B.weight")
  }
}
