package import LanguageModels
import PythonText
package import Tensors

extension ParameterDelta {
  /// Whether it changes an untied output head, which the base must have then.
  var hasOwnHead: Bool { checkpoint.description(of: DecoderNames.head) != nil }

  /// The changes that the PEFT adapter in `folder` makes to a base.
  ///
  /// - Parameters:
  ///   - base: the base's weights.
  ///   - configuration: the base's configuration, which the adapter must fit.
  ///   - coefficient: 1 applies the adapter, −λ negates it.
  /// - Returns: the change, and notes for the user.
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
