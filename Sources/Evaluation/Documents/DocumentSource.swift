import Formats
import Foundation

/// Finds and reads the documents of a data set: what a task names itself, then the data folder,
/// then what has been downloaded from the hub. Nothing is fetched.
struct DocumentSource {
  /// The task's name.
  var task: String
  var dataset: DatasetReference
  /// Folder of data sets.
  var root: String?
  var hub: HubCache
  /// Every row gets all columns.
  private static let cellLimit = 60_000_000

  func read(_ split: String, limit: Int = .max) throws(TaskError) -> [Document] {
    let (paths, format) = try files(of: split)
    // In JSON the columns and their types are known only from all rows.
    let isJSON = paths.allSatisfy { DocumentFile.isJSON($0, format) }
    var documents: [Document] = []
    for path in paths where isJSON || documents.count < limit {
      let rest = isJSON ? .max : limit - documents.count
      do throws(ReadingError) {
        documents += try DocumentFile.read(path, limit: rest, format: format)
      } catch {
        throw .file(error)
      }
    }
    if isJSON {
      let columns = DocumentColumns(documents, isField: format.field != nil)
      documents = Array(documents.prefix(limit))
      let (cells, isTooLarge) = documents.count.multipliedReportingOverflow(by: columns.count)
      guard !isTooLarge, cells <= Self.cellLimit else {
        throw .unreadable(
          path: paths.joined(separator: ", "),
          problem:
            "its \(documents.count) rows have \(columns.count) different columns, which make up "
            + "more cells than can be read; leave columns out")
      }
      documents = documents.map(columns.complete)
    }
    if documents.isEmpty, limit > 0 {
      throw .emptySplit(task: task, split: split, path: paths.joined(separator: ", "))
    }
    return documents
  }

  private func files(of split: String) throws(TaskError) -> ([String], DocumentFormat) {
    if !dataset.files.isEmpty { return (try namedFiles(of: split), dataset.format) }
    for candidate in candidates {
      let found =
        if let configuration = candidate.configuration {
          try candidate.folder.files(of: split, configuration: configuration)
        } else {
          try candidate.folder.files(of: split)
        }
      guard let found else { continue }
      var format = dataset.format
      format.separator = format.separator ?? found.separator
      return (found.paths, format)
    }
    throw missing(split, try lookedFor(split))
  }

  private func missing(_ split: String, _ lookedFor: [String]) -> TaskError {
    var remedies: [String] = []
    if HubCache.isRepository(dataset.path), !dataset.isLoader {
      let revision = dataset.revision.map { " --revision \($0)" } ?? ""
      remedies.append("hf download --repo-type dataset \(dataset.path)\(revision)")
    }
    remedies.append(
      root == nil
        ? "give --data FOLDER or set SPUNGE_DATA, the folder that holds the data sets"
        : "put a file where it is looked for")
    return .missingDocuments(
      task: task, split: split, lookedFor: lookedFor,
      remedy: "to get the documents: " + remedies.joined(separator: ", or "))
  }

  // MARK: Folders

  private struct Candidate {
    var folder: DatasetFolder
    /// Of which configuration files are taken; nil when they have no configuration.
    var configuration: String?
  }

  /// Folders that may be the data set's, the most specific first.
  private var candidates: [Candidate] {
    let (path, name) = (dataset.path, dataset.name)
    if dataset.isFolder {
      let folder = DatasetFolder(
        path: inside((path as NSString).expandingTildeInPath), isRepository: name.isEmpty)
      return [Candidate(folder: folder, configuration: name), Candidate(folder: folder)]
    }
    var candidates: [Candidate] = []
    if let root {
      let short = path.split(separator: "/").last.map(String.init) ?? path
      let owner = path.split(separator: "/").first.map(String.init) ?? path
      func folder(_ name: String) -> DatasetFolder {
        DatasetFolder(path: inside(FileTree.join(root, name)))
      }
      candidates = [
        Candidate(folder: folder(path), configuration: name),
        Candidate(folder: folder(short), configuration: name), Candidate(folder: folder(task)),
        Candidate(folder: folder(path)), Candidate(folder: folder(short)),
        Candidate(folder: folder(owner)),
      ]
    }
    for snapshot in hub.snapshots(of: path, revision: dataset.revision) {
      var folder = DatasetFolder(path: inside(snapshot), isRepository: true)
      candidates.append(Candidate(folder: folder, configuration: name))
      // Files of another configuration must not be taken for it.
      folder.isRepository = name.isEmpty
      candidates.append(Candidate(folder: folder))
    }
    return candidates
  }

  private func inside(_ folder: String) -> String { FileTree.join(folder, dataset.folder) }

  /// What to say when no folder holds the split.
  private func lookedFor(_ split: String) throws(TaskError) -> [String] {
    let files =
      "\(split).{\(DocumentFile.extensions.joined(separator: ","))}, "
      + "\(split)-00000-of-00001.parquet, \(split)/0000.parquet, also below data/, in:"
    var places = [files]
    for candidate in candidates {
      var path = candidate.folder.path
      let configurations = try candidate.folder.configurations()
      if !configurations.isEmpty {
        path += " (its README.md has the configurations \(configurations.joined(separator: ", ")))"
      } else if let name = candidate.configuration {
        path = FileTree.join(path, name)
      }
      if !places.contains(path) { places.append(path) }
    }
    if HubCache.isRepository(dataset.path) {
      let folder = hub.folder(of: dataset.path)
      if !places.contains(where: { $0.hasPrefix(folder) }) {
        places.append(FileTree.join(folder, "snapshots"))
      }
    }
    return places
  }

  // MARK: Files that the task names

  private func namedFiles(of split: String) throws(TaskError) -> [String] {
    guard let patterns = dataset.files[split] else {
      let known = dataset.files.keys.sorted().joined(separator: ", ")
      throw missing(split, ["a split of that name in data_files, which has only: \(known)"])
    }
    var (paths, absent) = ([String](), [String]())
    for pattern in patterns {
      let places = places(of: pattern)
      let found = places.lazy.map { FileTree.files(matching: $0.pattern, in: $0.folder) }
        .first { !$0.isEmpty }
      paths += found ?? []
      if found == nil { absent += places.map { FileTree.join($0.folder, $0.pattern) } }
    }
    if !absent.isEmpty { throw missing(split, absent) }
    return paths
  }

  /// Where a file of the task may be: folders, and the pattern inside them.
  private func places(of pattern: String) -> [(folder: String, pattern: String)] {
    let hubPrefix = "hf://datasets/"
    if pattern.hasPrefix(hubPrefix) {
      // hf://datasets/owner/name@revision/file
      let parts = pattern.dropFirst(hubPrefix.count).split(separator: "/").map(String.init)
      let name = parts.prefix(2).joined(separator: "/").split(separator: "@").map(String.init)
      let file = parts.dropFirst(2).joined(separator: "/")
      guard let repository = name.first else { return [("", pattern)] }
      let revision = name.count > 1 ? name[1] : nil
      let snapshots = hub.snapshots(of: repository, revision: revision)
      let folders = snapshots.isEmpty ? [hub.folder(of: repository)] : snapshots
      return folders.map { ($0, file) }
        + (root.map { [(FileTree.join($0, repository), file)] } ?? [])
    }
    if pattern.contains("://") {
      // Nothing is fetched; what somebody has fetched may lie in the data folder.
      let name = (pattern as NSString).lastPathComponent
      return root.map { [(FileTree.join($0, task), name), ($0, name)] } ?? [("", pattern)]
    }
    let pattern = (pattern as NSString).expandingTildeInPath
    if pattern.hasPrefix("/") { return [("", pattern)] }
    // Plain files are looked for where the program runs, too, as `datasets` does.
    let own = dataset.isLoader ? [] : candidates.map(\.folder.path)
    let folders = (root.map { [inside($0)] } ?? []) + (dataset.isLoader ? [inside(".")] : [])
    var seen: Set<String> = []
    return (own + folders).filter { seen.insert($0).inserted }.map { ($0, pattern) }
  }
}
