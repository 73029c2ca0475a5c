import Formats

/// The ways an adapter folder can be missing, wrong or unsupported.
package enum AdapterError: InputFailure, CustomStringConvertible, Equatable {
  case missingFile(folder: String, file: String)
  case notAModel(folder: String)
  case noBase(adapter: String, base: String)
  case invalidField(path: String, field: String, value: String, requirement: String)
  case unsupportedField(path: String, field: String, value: String)
  case pattern(path: String, pattern: String, reason: String)
  case unknownTensor(path: String, name: String)
  case unexpectedTensor(path: String, name: String, reason: String)
  case severalAdapters(path: String, names: [String])
  case twice(path: String, first: String, second: String)
  case missingTensor(path: String, module: String, tensor: String, reason: String)
  case rank(
    path: String, name: String, shape: [Int], rank: Int, field: String, configuration: String)
  case shape(path: String, name: String, shape: [Int], expected: String)
  case storedType(path: String, name: String, type: String)
  case tied(path: String, module: String)
  case empty(path: String)

  package var description: String {
    switch self {
    case .missingFile(let folder, let file):
      "\(folder.shown(limit: 500)): no \(file); a PEFT adapter is a folder with adapter_config.json and "
        + "adapter_model.safetensors or adapter_model.bin"
    case .notAModel(let folder):
      "\(folder.shown(limit: 500)): a PEFT adapter, not a whole model; commands with --model take it with --base, and 'merge "
        + "--method task_arithmetic --base BASE --part \(folder)' writes a whole model"
    case .noBase(let adapter, let base):
      base.isEmpty
        ? "\(adapter): a PEFT adapter that does not name its base; give the base with --base"
        : "\(adapter): a PEFT adapter whose base '\(base.shown())' is not there; give the base's place "
          + "with --base"
    case .invalidField(let path, let field, let value, let requirement):
      "\(path.shown(limit: 500)): '\(field)' is \(value); it must be \(requirement)"
    case .unsupportedField(let path, let field, let value):
      "\(path.shown(limit: 500)): '\(field.shown())' is \(value), which is not supported and would change the result; "
        + "merge the adapter into its model with PEFT (merge_and_unload) and use that"
    case .pattern(let path, let pattern, let reason):
      "\(path.shown(limit: 500)): '\(pattern.shown())' cannot be used as a regular expression: \(reason.shown())"
    case .unknownTensor(let path, let name):
      "\(path.shown(limit: 500)): '\(name.shown())' belongs to no module of the base; the adapter belongs to another model, "
        + "or holds more than LoRA factors"
    case .unexpectedTensor(let path, let name, let reason):
      "\(path.shown(limit: 500)): '\(name.shown())' is not to be there: \(reason); PEFT would pass over it"
    case .severalAdapters(let path, let names):
      "\(path.shown(limit: 500)): the tensors of several adapters (\(names.map { $0.shown(limit: 40) }.joined(separator: ", "))); "
        + "save each with PEFT's save_pretrained"
    case .twice(let path, let first, let second):
      "\(path.shown(limit: 500)): '\(first.shown())' and '\(second.shown())' are the same tensor of the same module"
    case .missingTensor(let path, let module, let tensor, let reason):
      "\(path.shown(limit: 500)): '\(module)' has no \(tensor), \(reason); the file is incomplete"
    case .rank(let path, let name, let shape, let rank, let field, let configuration):
      "\(path.shown(limit: 500)): size mismatch: '\(name.shown())' has shape \(shape), but '\(field)' of \(configuration) says "
        + "rank \(rank); the scale depends on it, so put the rank there that the adapter was trained with"
    case .shape(let path, let name, let shape, let expected):
      "\(path.shown(limit: 500)): size mismatch: '\(name.shown())' has shape \(shape) instead of \(expected); the adapter belongs "
        + "to another model, or was trained after its vocabulary was resized"
    case .storedType(let path, let name, let type):
      "\(path.shown(limit: 500)): '\(name.shown())' is stored as \(type.shown(limit: 40)), which is not read; save the adapter as "
        + "F32, F16 or BF16"
    case .tied(let path, let module):
      "\(path.shown(limit: 500)): the adapter changes '\(module)', but the base uses one matrix for embeddings and head; merged, "
        + "one of the two would change against the other; untie the base and train again"
    case .empty(let path):
      "\(path.shown(limit: 500)): the adapter holds no factors for the modules that its configuration names"
    }
  }
}
