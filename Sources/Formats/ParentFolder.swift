extension String {
  /// The path without its last part: `a/b` → `a`, `/a` → `/`, and nothing for a name alone.
  ///
  /// Foundation's `deletingLastPathComponent` stops the process for paths such as `w` and `a/` (Swift 6 on Linux).
  package var parentFolder: String {
    var path = self[...]
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "" }
    path = path[..<slash]
    while path.hasSuffix("/") { path.removeLast() }
    return path.isEmpty ? "/" : String(path)
  }
}
