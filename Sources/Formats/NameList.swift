/// Names from files in a message: the first few of them.
package enum NameList {
  /// - Parameters:
  ///   - limit: most names.
  ///   - width: most characters of each.
  package static func text(_ names: [String], limit: Int = 10, width: Int = 60) -> String {
    let shown = names.prefix(limit).map { $0.shown(limit: width) }.joined(separator: ", ")
    return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
  }
}
