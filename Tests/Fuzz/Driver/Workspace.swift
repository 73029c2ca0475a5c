import Foundation

/// A folder of one worker: an input far down, and around it nothing that a command may touch.
///
/// `a/b/c/d/in` holds the input and is where commands run, `a/b/c/d/out` is where they may write.
struct Workspace {
  let root: String
  var nest: String { "\(root)/a/b/c/d" }
  var input: String { "\(nest)/in" }
  var output: String { "\(nest)/out" }

  init(root: String) throws {
    self.root = root
    try clear()
  }

  /// Makes the folders anew and empty.
  func clear() throws {
    if FileManager.default.fileExists(atPath: root) {
      // What a command made unreadable must not stop the next attempt.
      try FileManager.default.removeItem(atPath: root)
    }
    for folder in [input, output, "\(nest)/home", "\(nest)/tmp", "\(nest)/tasks"] {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
  }

  /// No user's home, no inherited settings.
  var environment: [String: String] {
    var environment = [
      "HOME": "\(nest)/home", "TMPDIR": "\(nest)/tmp", "SPUNGE_TASKS": "\(nest)/tasks",
      "LC_ALL": "C.UTF-8",
      "SWIFT_BACKTRACE": "enable=no",
    ]
    for name in ["PATH", "LD_LIBRARY_PATH"] {
      environment[name] = ProcessInfo.processInfo.environment[name]
    }
    return environment
  }

  /// Everything but `out` and what the driver itself writes, with sizes and times of change.
  func surroundings() -> [String: String] {
    var found: [String: String] = [:]
    let tree = FileManager.default.enumerator(atPath: root)
    while let name = tree?.nextObject() as? String {
      if name == "a/b/c/d/out" {
        tree?.skipDescendants()
        continue
      }
      var status = stat()
      lstat("\(root)/\(name)", &status)
      // A folder's time changes with its files, which are listed themselves.
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      found[name] =
        isFolder ? "folder" : "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
    return found
  }

  /// What a command changed outside of `out`.
  func changes(since before: [String: String]) -> [String] {
    let after = surroundings()
    let own: Set<String> = ["stdout", "stderr"]
    return Set(before.keys).union(after.keys).subtracting(own)
      .filter { before[$0] != after[$0] }.sorted()
  }

  var outputFile: String { "\(root)/stdout" }
  var errorFile: String { "\(root)/stderr" }
}
