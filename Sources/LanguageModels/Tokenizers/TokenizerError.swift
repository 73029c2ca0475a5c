import Formats

/// Something is wrong with a tokenizer's files, or with what was asked of it.
package enum TokenizerError: InputFailure, Equatable, CustomStringConvertible {
  case missing(file: String, field: String)
  case invalid(file: String, field: String, reason: String)
  case unsupported(file: String, component: String, name: String, known: [String])
  /// A text whose encoding was given up.
  case tooCostly(file: String, field: String, reason: String)
  case sentencePiece(file: String, reason: String)
  case noFiles(path: String)
  case noBegin

  package var description: String {
    switch self {
    case .tooCostly(let file, let field, let reason):
      "\(file.shown()): '\(field.shown())': \(reason); leave out or shorten the text, or simplify "
        + "the tokenizer"
    case .missing(let file, let field):
      "\(file.shown()): '\(field.shown())' is missing; the file is incomplete or of another kind, fetch it again"
    case .invalid(let file, let field, let reason):
      "\(file.shown()): '\(field.shown())': \(reason); the file is damaged or of another kind, fetch it again"
    case .unsupported(let file, let component, let name, let known):
      "\(file.shown()): unsupported \(component) '\(name.shown())'; known: \(known.joined(separator: ", "))"
    case .sentencePiece(let file, let reason):
      "\(file.shown()): not a SentencePiece model that can be used: \(reason.shown()); fetch it again"
    case .noFiles(let path):
      """
      \(path.shown()): no tokenizer found; looked for tokenizer.json, tokenizer.model, \
      vocab.json with merges.txt, and a .gguf file
      """
    case .noBegin:
      "a beginning-of-sequence token was asked for, but this tokenizer has none; do not add one"
    }
  }
}
