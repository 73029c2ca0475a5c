import Formats

/// The ways a model on disk can be missing, wrong or unsupported.
package enum ModelError: InputFailure, CustomStringConvertible {
  case notFound(path: String)
  case noConfiguration(folder: String)
  case noWeights(folder: String)
  case pickledWeights(folder: String, file: String)
  case severalGGUF(folder: String, names: [String])
  case noSnapshot(folder: String, reason: String)
  case notInCache(repository: String, revision: String?, places: [String])
  case noChatTemplate(path: String)
  case noSuchChatTemplate(path: String, name: String, known: [String])
  case invalidJSON(path: String, line: Int, column: Int, reason: String)
  case invalidConfiguration(path: String, problems: [String])
  case tensorsDoNotMatch(path: String, problems: [String])

  package var description: String {
    switch self {
    case .notFound(let path):
      "\(path.shown(limit: 500)): no such file or folder; give a Hugging Face model folder or a .gguf file"
    case .noConfiguration(let folder):
      "\(folder.shown(limit: 500)): no config.json (and no .gguf file); give a Hugging Face model folder or a .gguf file"
    case .noWeights(let folder):
      "\(folder.shown(limit: 500)): no weights; expected model.safetensors or pytorch_model.bin (or their .index.json) "
        + "beside config.json"
    case .pickledWeights(let folder, let file):
      "\(folder.shown(limit: 500)): the weights are only there as '\(file.shown())', which is not read here; convert them with "
        + "Python: AutoModelForCausalLM.from_pretrained('\(folder)').save_pretrained('NEW_FOLDER'), and "
        + "copy the tokenizer files"
    case .severalGGUF(let folder, let names):
      "\(folder.shown(limit: 500)): several .gguf files (\(names.map { $0.shown() }.joined(separator: ", "))); give the path of one of them"
    case .noSnapshot(let folder, let reason):
      "\(folder.shown(limit: 500)): a Hugging Face cache folder, but \(reason); give the folder of one snapshot"
    case .notInCache(let repository, let revision, let places):
      "\(repository)\(revision.map { "@" + $0 } ?? ""): no such file or folder, and not in the Hugging "
        + "Face cache on this machine; looked for: \(places.joined(separator: ", ")); download it with "
        + "'hf download \(repository)', or give the path of a model folder or .gguf file"
    case .noChatTemplate(let path):
      "\(path.shown(limit: 500)): the model has no chat template (looked in chat_template.jinja, tokenizer_config.json, "
        + "chat_template.json, or tokenizer.chat_template of a .gguf file); score it without one, or put "
        + "chat_template.jinja into its folder"
    case .noSuchChatTemplate(let path, let name, let known):
      "\(path.shown(limit: 500)): there is no chat template called '\(name.shown())'; there are: "
        + known.map { $0.shown() }.joined(separator: ", ")
    case .invalidJSON(let path, let line, let column, let reason):
      "\(path.shown(limit: 500)):\(line):\(column): \(reason)"
    case .invalidConfiguration(let path, let problems):
      "\(path.shown(limit: 500)): "
        + Self.shortened(problems, separator: "\n\(path.shown(limit: 500)): ")
    case .tensorsDoNotMatch(let path, let problems):
      "\(path.shown(limit: 500)): the weights do not match the configuration: "
        + Self.shortened(problems)
        + "; the file is incomplete or belongs to another model"
    }
  }

  /// The first problems, and how many more there are.
  private static func shortened(_ problems: [String], separator: String = "; ") -> String {
    let shown = 12
    let rest = problems.count - shown
    return problems.prefix(shown).joined(separator: separator)
      + (rest > 0 ? "; and \(rest) more" : "")
  }
}
