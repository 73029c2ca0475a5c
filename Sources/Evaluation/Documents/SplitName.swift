/// What the name of a file says about its split.
enum SplitName {
  /// How plainly names can say their split: fewer ways where a folder may hold other data sets too.
  static func ranks(isRepository: Bool) -> Int { isRepository ? 5 : 4 }

  /// How plainly a file's name says that it holds one of the splits `names`; 0 is plainest, nil
  /// means not at all.
  static func rank(_ file: String, _ names: [String]) -> Int? {
    var parts = file.split(separator: "/").map(String.init)
    if parts.count > 1, parts[0] == "data" { parts.removeFirst() }
    let name = parts.removeLast()
    let stem = name.prefix { $0 != "." }
    let folder = parts.last ?? ""
    if parts.isEmpty {
      if names.contains(String(stem)) { return 0 }
      if names.contains(where: { starts(name, with: $0) }) { return 1 }
      if names.contains(where: { holds(name, $0) }) { return 3 }
      return nil
    }
    if parts.count == 1, names.contains(folder) { return 2 }
    if parts.count == 1, names.contains(where: { holds(folder, $0) }) { return 3 }
    return names.contains { keyword in (parts + [name]).contains { holds($0, keyword) } } ? 4 : nil
  }

  private static func isSeparator(_ character: Character) -> Bool {
    "-._ 0123456789".contains(character)
  }

  private static func starts(_ name: String, with keyword: String) -> Bool {
    name.hasPrefix(keyword) && (name.dropFirst(keyword.count).first.map(isSeparator) ?? true)
  }

  /// Whether the keyword stands in the name between separators.
  private static func holds(_ name: String, _ keyword: String) -> Bool {
    name.ranges(of: keyword).contains { range in
      let before = name[..<range.lowerBound].last
      let after = name[range.upperBound...].first
      return (before.map(isSeparator) ?? true) && (after.map(isSeparator) ?? true)
    }
  }

  /// One of several files that make up a split.
  struct Shard {
    var number: Int
    var count: Int
    fileprivate var before: Substring
    fileprivate var after: Substring

    func path(_ number: Int) -> String {
      before + Self.digits(number) + "-of-" + Self.digits(count) + after
    }

    private static func digits(_ number: Int) -> String {
      let text = String(number)
      return String(repeating: "0", count: max(0, 5 - text.count)) + text
    }
  }

  /// Reads `…-00001-of-00003…`.
  static func shard(_ path: String) -> Shard? {
    guard let middle = path.ranges(of: "-of-").last else { return nil }
    let (before, after) = (path[..<middle.lowerBound], path[middle.upperBound...])
    guard before.count > 5, let number = Int(before.suffix(5)), let count = Int(after.prefix(5)),
      (0..<count).contains(number)
    else { return nil }
    return Shard(
      number: number, count: count, before: before.dropLast(5), after: after.dropFirst(5))
  }
}
