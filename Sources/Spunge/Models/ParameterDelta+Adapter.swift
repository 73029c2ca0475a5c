package import LanguageModels
import PythonText
package import Tensors

extension ParameterDelta {
  /// Whether it changes a head that is not the embeddings; the base must have one then.
  var hasOwnHead: Bool { checkpoint.description(of: DecoderNames.head) != nil }

  /// What the PEFT adapter in `folder` changes of a base.
  ///
  /// - Parameters:
  ///   - base: the base's weights.
  ///   - configuration: the base's constants, which the adapter must fit.
  ///   - coefficient: 1 applies the adapter, −λ negates it.
  /// - Returns: the change, and what the user should know about the adapter.
  /// - Throws: `AdapterError`, read errors.
  package static func adapter(
    _ folder: String, name: String, base: any Checkpoint, configuration: DecoderConfiguration,
    coefficient: Double = 1
  ) throws -> (delta: ParameterDelta, remarks: [String]) {
    let adapter = try AdapterFile.read(folder, for: configuration) {
      try PythonRegex.matches($0, whole: $1)
    }
    let update = try adapter.update(of: base, coefficient: coefficient)
    return (ParameterDelta(name: name, checkpoint: update), adapter.remarks)
  }
}
