/// The network's parameter names: Llama's in Hugging Face files; `DecoderSpelling` has those of other families.
package enum DecoderNames {
  package static let embedding = "model.embed_tokens.weight"
  package static let finalNorm = "model.norm.weight"
  package static let finalNormBias = "model.norm.bias"
  package static let head = "lm_head.weight"
  package static let headBias = "lm_head.bias"
  /// Vectors of places, where they are learnt.
  package static let positions = "model.embed_positions.weight"
  package static func layer(_ index: Int, _ part: String) -> String {
    "model.layers.\(index).\(part)"
  }

  /// The block that a parameter belongs to, counted from 0; `nil` for those of no block.
  static func layerIndex(_ name: String) -> Int? {
    let prefix = "model.layers."
    guard name.hasPrefix(prefix) else { return nil }
    return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
  }
}
