/// The ways a model on disk can be missing, wrong or unsupported.
package enum ModelError: Error, CustomStringConvertible {
  case notFound(path: String)
  case noConfiguration(folder: String)
  case noWeights(folder: String)
  case pickledWeights(folder: String, file: String)
  case severalGGUF(folder: String, names: [String])
  case noSnapshot(folder: String, reason: String)
  case invalidJSON(path: String, line: Int, column: Int, reason: String)
  case invalidConfiguration(path: String, problems: [String])
  case tensorsDoNotMatch(path: String, problems: [String])

  package var description: String {
    switch self {
    case .notFound(let path):
      "\(path): no such file or folder; give a Hugging Face model folder or a .gguf file"
    case .noConfiguration(let folder):
      "\(folder): no config.json (and no .gguf file); give a Hugging Face model folder or a .gguf file"
    case .noWeights(let folder):
      "\(folder): no weights; expected model.safetensors or model.safetensors.index.json beside config.json"
    case .pickledWeights(let folder, let file):
      "\(folder): the weights are only there as '\(file)', which is not read here; convert them with "
        + "Python: AutoModelForCausalLM.from_pretrained('\(folder)').save_pretrained('NEW_FOLDER'), and "
        + "copy the tokenizer files"
    case .severalGGUF(let folder, let names):
      "\(folder): several .gguf files (\(names.joined(separator: ", "))); give the path of one of them"
    case .noSnapshot(let folder, let reason):
      "\(folder): a Hugging Face cache folder, but \(reason); give the folder of one snapshot"
    case .invalidJSON(let path, let line, let column, let reason):
      "\(path):\(line):\(column): \(reason)"
    case .invalidConfiguration(let path, let problems):
      "\(path): " + problems.joined(separator: "\n\(path): ")
    case .tensorsDoNotMatch(let path, let problems):
      "\(path): the weights do not match the configuration: " + Self.shortened(problems)
        + "; the file is incomplete or belongs to another model"
    }
  }

  /// The first problems, and how many more there are.
  private static func shortened(_ problems: [String]) -> String {
    let shown = 12
    let rest = problems.count - shown
    return problems.prefix(shown).joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
  }
}
