import Foundation

/// One text file of the repository.
struct SourceFile {
  /// Path from the repository's root, with `/`.
  let path: String
  let text: String
}

/// The checkout that these tests were compiled from.
enum Repository {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Files below `folder` whose extension is one of `extensions`, sorted by path.
  static func files(under folder: String, extensions: Set<String>) throws -> [SourceFile] {
    let start = root.appending(path: folder)
    guard let names = FileManager.default.enumerator(atPath: start.path) else { return [] }
    let paths = names.compactMap { $0 as? String }
      .filter { extensions.contains(($0 as NSString).pathExtension) }
    return try paths.sorted().map { name in
      SourceFile(
        path: "\(folder)/\(name)",
        text: try String(contentsOf: start.appending(path: name), encoding: .utf8))
    }
  }

  /// Paths that git tracks or would add, relative to the root; nil outside a git checkout.
  static func trackedPaths() throws -> [String]? {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/env")
    git.arguments = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    git.currentDirectoryURL = root
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    try git.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    git.waitUntilExit()
    guard git.terminationStatus == 0 else { return nil }
    return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      .filter { FileManager.default.fileExists(atPath: root.appending(path: $0).path) }
  }
}
