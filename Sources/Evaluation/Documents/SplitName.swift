/// What the name of a file says about its split.
enum SplitName {
  /// Words of which those that mean the same stand together, as `datasets` takes them.
  private static let families = [
    ["train", "training"], ["validation", "valid", "dev", "val"],
    ["test", "testing", "eval", "evaluation"],
  ]

  /// The split's own name, then the others that mean the same.
  static func names(of split: String) -> [[String]] {
    let others = families.first { $0.contains(split) }?.filter { $0 != split } ?? []
    return others.isEmpty ? [[split]] : [[split], others]
  }

  // MARK: A folder that may hold other things

  /// How plainly a name in a data set's folder, or below `data/`, can say the split.
  static let plainness = 0..<4

  /// How plainly a file's name says that it holds one of the splits `names`; 0 is plainest, nil
  /// means not at all.
  static func rank(_ file: String, _ names: [String]) -> Int? {
    var parts = file.split(separator: "/").map(String.init)
    if parts.count > 1, parts[0] == "data" { parts.removeFirst() }
    let name = parts.removeLast()
    guard let folder = parts.first else {
      if names.contains(String(name.prefix { $0 != "." })) { return 0 }
      let places = names.map { place(of: $0, in: name) }
      return places.contains(.start) ? 1 : places.contains(.inside) ? 3 : nil
    }
    guard parts.count == 1 else { return nil }
    if names.contains(folder) { return 2 }
    return names.contains { place(of: $0, in: folder) != nil } ? 3 : nil
  }

  // MARK: A folder that is one data set

  /// Those of the repository's `files` that `datasets` takes for the split, in its order.
  ///
  /// The first of its four ways that fits any split is taken for all of them: shards below `data/`,
  /// words in names of folders, words in names of files, and else everything is for training.
  /// https://huggingface.co/docs/hub/datasets-file-names-and-splits
  static func files(of split: String, in files: [String]) -> [String] {
    let shards = files.filter { $0.split(separator: "/").count == 2 && $0.hasPrefix("data/") }
      .filter { shard($0) != nil }
    if !shards.isEmpty {
      let found = names(of: split).lazy.map { names in
        shards.filter { file in names.contains { shard(file)?.before == "data/\($0)-" } }
      }
      return found.first { !$0.isEmpty } ?? []
    }
    let family = families.firstIndex { $0.contains(split) }
    let ways: [(String) -> [Substring]] = [
      { $0.split(separator: "/").dropLast() }, { $0.split(separator: "/").suffix(1) },
    ]
    for parts in ways {
      let found = families.map { keywords in
        keywords.flatMap { keyword in
          Place.allCases.flatMap { place in
            files.filter { parts($0).contains { self.place(of: keyword, in: $0) == place } }
          }
        }
      }
      guard found.contains(where: { !$0.isEmpty }) else { continue }
      var seen: Set<String> = []
      return family.map { found[$0].filter { seen.insert($0).inserted } } ?? []
    }
    return family == 0 ? files : []
  }

  private enum Place: CaseIterable {
    case start, inside
  }

  /// Where in a name a word stands between separators; nil when it does not.
  private static func place(of keyword: String, in name: some StringProtocol) -> Place? {
    func isSeparator(_ character: Character?) -> Bool {
      character.map { "-._ 0123456789".contains($0) } ?? true
    }
    let found = name.ranges(of: keyword).filter { range in
      isSeparator(name[..<range.lowerBound].last) && isSeparator(name[range.upperBound...].first)
    }
    return found.first.map { $0.lowerBound == name.startIndex ? .start : .inside }
  }

  // MARK: Shards

  /// One of several files that make up a split.
  struct Shard {
    var number: Int
    var count: Int
    /// What stands in front of the number.
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
