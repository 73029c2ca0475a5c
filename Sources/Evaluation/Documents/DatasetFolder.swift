import Formats

/// The folder of one data set: which of its files hold a split.
struct DatasetFolder {
  var path: String
  /// Whether everything below belongs to this data set, so that names are read as `datasets` reads
  /// them. Otherwise a file must be named plainly, and not lie deep.
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
      if configuration.files.isEmpty { return try named(split, in: start, isRepository: true) }
      for names in SplitName.names(of: split) {
        let patterns = names.flatMap { configuration.files[$0] ?? [] }
        let paths = patterns.flatMap { FileTree.files(matching: $0, in: start) }
        if !paths.isEmpty {
          return Files(paths: try Self.complete(paths), separator: configuration.separator)
        }
      }
      return nil
    }
    for folder in name.isEmpty ? ["default"] : [name, "data/\(name)"] {
      let files = try named(split, in: FileTree.join(path, folder), isRepository: false)
      if let files { return files }
    }
    return nil
  }

  /// Files whose names say their split, of a data set without configurations.
  func files(of split: String) throws(TaskError) -> Files? {
    try configurations().isEmpty ? try named(split, in: path, isRepository: isRepository) : nil
  }

  /// Names of the configurations that the card lists.
  func configurations() throws(TaskError) -> [String] {
    try DatasetCard(folder: path).configurations.map(\.name)
  }

  private func named(
    _ split: String, in folder: String, isRepository: Bool
  ) throws(TaskError) -> Files? {
    let files = FileTree.files(folder, depth: isRepository ? 12 : 2)
      .filter(DocumentFile.holdsDocuments)
    if isRepository {
      let found = SplitName.files(of: split, in: files)
      return found.isEmpty ? nil : try ofOneType(found, in: folder)
    }
    for names in SplitName.names(of: split) {
      for rank in SplitName.plainness {
        let found = files.filter { SplitName.rank($0, names) == rank }
        if !found.isEmpty { return try ofOneType(found, in: folder) }
      }
    }
    return nil
  }

  /// The same split may be there in several formats: the one that most files have.
  private func ofOneType(_ files: [String], in folder: String) throws(TaskError) -> Files {
    let types = files.map { DocumentFile.type(of: $0) }
    let counts = DocumentFile.extensions.map { type in types.count { $0 == type } }
    let type = zip(DocumentFile.extensions, counts).first { $0.1 == counts.max() }?.0
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
