package import Formats

/// Something is wrong with a tokenizer's files, or with what was asked of it.
package enum TokenizerError: InputFailure, Equatable, CustomStringConvertible {
  case missing(file: String, field: String)
  case invalid(file: String, field: String, reason: String)
  case unsupported(file: String, component: String, name: String, known: [String])
  case sentencePiece(file: String, reason: String)
  case noFiles(path: String)
  case noBegin

  package var description: String {
    switch self {
    case .missing(let file, let field):
      "\(file): '\(field)' is missing; the file is incomplete or of another kind, fetch it again"
    case .invalid(let file, let field, let reason):
      "\(file): '\(field)': \(reason); the file is damaged or of another kind, fetch it again"
    case .unsupported(let file, let component, let name, let known):
      "\(file): unsupported \(component) '\(name)'; known: \(known.joined(separator: ", "))"
    case .sentencePiece(let file, let reason):
      "\(file): not a SentencePiece model that can be used: \(reason); fetch it again"
    case .noFiles(let path):
      """
      \(path): no tokenizer found; looked for tokenizer.json, tokenizer.model, \
      vocab.json with merges.txt, and a .gguf file
      """
    case .noBegin:
      "a beginning-of-sequence token was asked for, but this tokenizer has none; do not add one"
    }
  }
}
