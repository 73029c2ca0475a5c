/// A row of a table whose model is another row's after an attack, or after what happens to models in use.
package struct AttackedRow: Sendable, Hashable, Codable {
  /// What the attack is: each kind has a robustness measure of its own.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// Fine-tuning on text: how fast does knowledge return?
    case relearning
    /// Rounding of weights: does hidden knowledge reappear?
    case rounding
    case other
  }

  package let row: String
  /// The row of the model before the attack.
  package let source: String
  /// Name and settings of the attack, without how much text it learns from; equal texts are equal attacks.
  package let attack: String
  package let kind: Kind
  /// Documents that relearning reads; nil for other kinds.
  package let documents: Int?

  package init(row: String, source: String, attack: String, kind: Kind, documents: Int? = nil) {
    self.row = row
    self.source = source
    self.attack = attack
    self.kind = kind
    self.documents = documents
  }

  /// The attack with how much text it learnt from.
  package var title: String {
    documents.map { "\(attack), \($0) document\($0 == 1 ? "" : "s")" } ?? attack
  }
}
