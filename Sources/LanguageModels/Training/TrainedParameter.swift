package import Tensors

/// A parameter that trains, with its gradient.
package final class TrainedParameter {
  /// What the optimizer does with it where it treats kinds of parameters differently.
  package enum Kind: Sendable {
    /// A weight matrix inside a block (Muon orthogonalises its updates).
    case hiddenMatrix
    /// Embeddings, head, gains and biases.
    case other
  }

  /// Name in a Hugging Face checkpoint, or in a PEFT adapter for a factor.
  package let name: String
  package let kind: Kind
  package let value: Tensor
  /// ∂loss/∂value, added up since it was last zeroed.
  package let gradient: Tensor

  package init(name: String, kind: Kind, value: Tensor) {
    self.name = name
    self.kind = kind
    self.value = value
    gradient = Tensor(value.shape)
  }
}
