/// Which modules an adapter's configuration means, by PEFT's rules.
struct AdapterTargets {
  /// `target_modules` or `exclude_modules`.
  enum Names: Hashable {
    /// A regular expression for whole names.
    case pattern(String)
    /// Names, or the ends of names after a dot.
    case list([String])
    /// Every linear layer but the head.
    case allLinear
  }

  var names: Names
  var excluded: Names?
  /// Numbers of the blocks, where not all are meant.
  var layers: Set<Int>?
  /// What stands in front of the number of a block, as regular expressions.
  var layerNames: [String] = []
  /// Modules that are kept whole instead, as `modules_to_save` names them.
  var kept: [String] = []

  /// Whether low-rank factors belong beside `module`.
  func contains(_ module: AdaptedModule, _ matches: PatternMatcher) throws -> Bool {
    if let excluded, try Self.holds(excluded, module, matches) { return false }
    for name in kept where try keeps(name, module.name, matches) { return false }
    guard try Self.holds(names, module, matches) else { return false }
    // Who is named in full is meant, whatever the block.
    if case .list(let names) = names, names.contains(module.name) { return true }
    guard let layers else { return true }
    guard let layer = module.layer, layers.contains(layer) else { return false }
    guard !layerNames.isEmpty else { return true }
    for name in layerNames
    where try matches("(?:^|.*?\\.)\(name)\\.\(layer)\\..*", module.name) { return true }
    return false
  }

  /// Whether `modules_to_save` keeps the module whole: its name, or that of what holds it, ends in an entry.
  ///
  /// PEFT asks for the end only: `norm` keeps `input_layernorm` too.
  func keepsWhole(_ module: String) -> Bool {
    let parts = module.split(separator: ".")
    return parts.indices.contains { end in
      let name = parts[...end].joined(separator: ".")
      return kept.contains(where: name.hasSuffix)
    }
  }

  /// `re.match(rf"(^|.*\.){kept}($|\..*)", module)`
  private func keeps(_ kept: String, _ module: String, _ matches: PatternMatcher) throws -> Bool {
    try ".\(module).".contains(".\(kept).") || matches("(^|.*\\.)\(kept)($|\\..*)", module)
  }

  private static func holds(
    _ names: Names, _ module: AdaptedModule, _ matches: PatternMatcher
  ) throws -> Bool {
    switch names {
    case .allLinear: !module.isEmbedding && !module.isHead
    case .list(let names):
      names.contains { module.name == $0 || module.name.hasSuffix("." + $0) }
    case .pattern(let pattern): try matches(pattern, module.name)
    }
  }
}
