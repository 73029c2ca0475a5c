import Formats

extension AdapterAssembly {
  /// Takes the rows of single tokens.
  ///
  /// - Parameter targeted: modules that have factors.
  mutating func placeRows(_ targeted: Set<String>) throws {
    for (name, ids) in settings.tokenRows {
      let module = modules.first { $0.name == name || $0.name.hasSuffix(".\(name)") }
      guard let module, module.isEmbedding || module.isHead else {
        throw invalidRows("of the embeddings or the head, not of '\(name.shown())'")
      }
      // One matrix with the embeddings: their rows are its rows.
      if module.isHead, module.isTied,
        settings.tokenRows.contains(where: { $0.ids == ids && $0.module != name })
      {
        continue
      }
      guard !module.isTied || module.isEmbedding else {
        throw AdapterError.tied(path: path, module: module.name)
      }
      guard !targeted.contains(module.name), adapter.replacements[module.weight] == nil else {
        throw invalidRows("of a module that is not trained otherwise")
      }
      guard adapter.rows[module.weight] == nil else {
        throw invalidRows("modules that are not named twice, as '\(module.name.shown())' is")
      }
      guard ids.allSatisfy({ $0 < module.shape[0] }) else {
        throw invalidRows("token ids below \(module.shape[0])")
      }
      let tensor = try taken(
        .tokenRows, of: module, "trainable_tokens_delta",
        reason: "which 'trainable_token_indices' needs")
      try check(tensor, shape: [ids.count, module.shape[1]])
      adapter.rows[module.weight] = Adapter.ReplacedRows(
        tensor: tensor,
        places: Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) }))
    }
  }

  private func invalidRows(_ requirement: String) -> AdapterError {
    .invalidField(
      path: settings.path, field: "trainable_token_indices",
      value: settings.tokenRows.map(\.module).joined(separator: ", ").shown(),
      requirement: requirement)
  }
}
