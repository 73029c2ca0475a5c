import Foundation

/// Looks for files without following links to folders.
package enum FileTree {
  private static let fileLimit = 100_000

  package static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  package static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Why `path` could not be read, in words; `error` is what Foundation said.
  package static func problem(reading path: String, _ error: any Error) -> String {
    if isFolder(path) { return "it is a folder; give a file" }
    return isFile(path) ? error.localizedDescription : "there is no such file"
  }

  /// `path` inside `folder`; an absolute path stays as it is.
  package static func join(_ folder: String, _ path: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty { return path }
    return path.isEmpty ? folder : (folder as NSString).appendingPathComponent(path)
  }

  /// Paths of the files below `folder`, relative to it, sorted.
  ///
  /// - Parameter depth: how many folders may be between.
  package static func files(_ folder: String, depth: Int) -> [String] {
    var files: [String] = []
    collect(folder, "", depth: depth, &files)
    return files.sorted()
  }

  private static func collect(
    _ root: String, _ folder: String, depth: Int, _ files: inout [String]
  ) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: join(root, folder))) ?? []
    for name in names where files.count < fileLimit {
      let path = folder.isEmpty ? name : "\(folder)/\(name)"
      let whole = join(root, path)
      if isFile(whole) {
        files.append(path)
      } else if depth > 0, !isLink(whole), isFolder(whole) {
        collect(root, path, depth: depth - 1, &files)
      }
    }
  }

  private static func isLink(_ path: String) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  /// Files that a pattern stands for, relative to `folder` unless it is absolute.
  package static func files(matching pattern: String, in folder: String) -> [String] {
    let path = join(folder, pattern)
    let (literal, rest) = FilePattern.split(path)
    guard FilePattern.hasWildcards(rest) else { return isFile(path) ? [path] : [] }
    let matcher = FilePattern(rest)
    let start = literal.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : literal
    let depth = rest.contains("**") ? 12 : rest.split(separator: "/").count - 1
    return files(start, depth: depth)
      .filter { matcher.matches($0) && DocumentFile.type(of: $0) != nil }
      .map { join(start, $0) }
  }
}
