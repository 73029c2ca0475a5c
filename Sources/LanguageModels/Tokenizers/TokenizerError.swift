/// What can be wrong with a tokenizer's files.
package enum TokenizerError: Error, CustomStringConvertible, Equatable {
  case notFound(path: String)
  case unreadable(path: String, reason: String)
  case invalid(path: String, place: String, reason: String)
  case unsupported(path: String, component: String, supported: [String])

  package var description: String {
    switch self {
    case .notFound(let path):
      "\(path): no tokenizer found; wanted tokenizer.json, tokenizer.model, vocab.json with merges.txt, "
        + "or a .gguf file"
    case .unreadable(let path, let reason):
      "\(path): cannot be read as a tokenizer: \(reason); fetch the file again"
    case .invalid(let path, let place, let reason):
      "\(path): \(place): \(reason)"
    case .unsupported(let path, let component, let supported):
      "\(path): \(component) is not supported; supported: \(supported.joined(separator: ", "))"
    }
  }
}
