/// The folder of one data set: which of its files hold a split.
///
/// Names are read as `datasets` reads them (`test.jsonl`, `data/test-00000-of-00002.parquet`,
/// `ARC-Easy/test/0000.parquet`, the patterns of README.md), but a file that is named exactly like
/// the split goes before all others.
struct DatasetFolder {
  var path: String
  /// Whether everything below belongs to this data set, at any depth.
  var isRepository = false

  struct Files {
    var paths: [String]
    /// Of CSV, when the card says it.
    var separator: UInt8?
  }

  /// The files of a configuration: those that the card names, or those in its own folder.
  ///
  /// - Parameter name: empty for the default configuration.
  func files(of split: String, configuration name: String) throws(TaskError) -> Files? {
    let card = try DatasetCard(folder: path)
    if let configuration = card.configuration(name) {
      let start = FileTree.join(path, configuration.folder)
      if configuration.files.isEmpty { return try named(split, in: start) }
      for names in DatasetReference.names(of: split) {
        let patterns = names.flatMap { configuration.files[$0] ?? [] }
        let paths = patterns.flatMap { FileTree.files(matching: $0, in: start) }
        if !paths.isEmpty {
          return Files(paths: try Self.complete(paths), separator: configuration.separator)
        }
      }
      return nil
    }
    for folder in name.isEmpty ? ["default"] : [name, "data/\(name)"] {
      if let files = try named(split, in: FileTree.join(path, folder)) { return files }
    }
    return nil
  }

  /// Files whose names say their split, of a data set without configurations.
  func files(of split: String) throws(TaskError) -> Files? {
    try configurations().isEmpty ? try named(split, in: path) : nil
  }

  /// Names of the configurations that the card lists.
  func configurations() throws(TaskError) -> [String] {
    try DatasetCard(folder: path).configurations.map(\.name)
  }

  private func named(_ split: String, in folder: String) throws(TaskError) -> Files? {
    let files = FileTree.files(folder, depth: isRepository ? 8 : 2).filter { file in
      DocumentFile.type(of: file) != nil
        && !file.split(separator: "/").contains {
          FilePattern.isHidden($0)
        }
    }
    for names in DatasetReference.names(of: split) {
      for rank in 0..<SplitName.ranks(isRepository: isRepository) {
        let found = files.filter { SplitName.rank($0, names) == rank }
        if !found.isEmpty { return try ofOneType(found, in: folder) }
      }
    }
    // Where no name says anything, all is for training.
    let saysNothing = files.allSatisfy { file in
      DatasetReference.splitNames.allSatisfy { SplitName.rank(file, $0) == nil }
    }
    guard isRepository, split == "train", saysNothing, !files.isEmpty else { return nil }
    return try ofOneType(files, in: folder)
  }

  /// The same split may be there in several formats: one of them.
  private func ofOneType(_ files: [String], in folder: String) throws(TaskError) -> Files {
    let types = files.map { DocumentFile.type(of: $0) }
    let type = DocumentFile.extensions.first(where: types.contains)
    let chosen = zip(files, types).filter { $0.1 == type }
    return Files(paths: try Self.complete(chosen.map { FileTree.join(folder, $0.0) }))
  }

  /// The same paths, if no shard `-00001-of-00003` is missing.
  private static func complete(_ paths: [String]) throws(TaskError) -> [String] {
    let present = Set(paths)
    for path in paths {
      guard let shard = SplitName.shard(path) else { continue }
      for number in [0, min(shard.number + 1, shard.count - 1)] {
        let wanted = shard.path(number)
        guard present.contains(wanted) else {
          throw .unreadable(
            path: wanted,
            problem: "it is missing, although \(path) is one of \(shard.count) parts; fetch it")
        }
      }
    }
    return paths
  }
}
