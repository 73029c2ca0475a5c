import Formats
import Foundation

/// Checks whether outputs can be written, before the work that produces them.
package enum OutputPlace {
  /// Throws the error that creating the folder `path`, or a file in it, would throw.
  ///
  /// - Throws: `FileError`; nothing is left behind.
  package static func checkFolder(_ path: String) throws(FileError) {
    try probe(path, insideOf: path)
  }

  /// Throws the error that creating or replacing a folder or file at `path` would throw.
  ///
  /// - Throws: `FileError`; nothing is left behind.
  package static func check(_ path: String) throws(FileError) {
    guard !path.isEmpty else { throw .system(path: "''", action: "create", code: ENOENT) }
    try probe(path, insideOf: path.parentFolder)
  }

  /// Throws if `path` cannot be written as a file: a folder, a device, an unwritable location.
  ///
  /// - Throws: `FileError`; nothing is left behind.
  package static func checkFile(_ path: String) throws(FileError) {
    try refuseOtherThanFile(path)
    try check(path)
  }

  /// Throws if a file at `path` would replace one of `inputs` or a file in one of `models`, under any name.
  ///
  /// - Parameter models: folders of models, or files.
  /// - Throws: `FileError`.
  package static func check(
    _ path: String, apartFrom inputs: [String], models: [String] = []
  ) throws(FileError) {
    guard path != "-", let own = identity(path, S_IFREG) else { return }
    for input in inputs + models where input != "-" && identity(input, S_IFREG) == own {
      throw .isInput(path: path, input: input)
    }
    for model in models where contains(model, path) {
      throw .isInput(path: path, input: model)
    }
  }

  /// Whether `folder` is a parent folder, at any level, of the file `path`.
  private static func contains(_ folder: String, _ path: String) -> Bool {
    guard let own = identity(folder, S_IFDIR) else { return false }
    var place = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    while place.count > 1 {
      place = place.parentFolder
      if identity(place.isEmpty ? "/" : place, S_IFDIR) == own { return true }
    }
    return false
  }

  /// Device and inode of what is there, if it is of that kind.
  private static func identity(_ path: String, _ kind: mode_t) -> [UInt64]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == kind else { return nil }
    return [UInt64(status.st_dev), UInt64(status.st_ino)]
  }

  /// Throws if `path` is something that a file must not replace.
  static func refuseOtherThanFile(_ path: String) throws(FileError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFDIR: throw .system(path: path, action: "write a file of this name", code: EISDIR)
    default: throw .notARegularFile(path: path)
    }
  }

  /// Creates and removes an empty folder in `folder`, or in its nearest existing parent.
  private static func probe(_ path: String, insideOf folder: String) throws(FileError) {
    var place = folder.isEmpty ? "." : folder
    var status = stat()
    while stat(place, &status) != 0 {
      guard errno == ENOENT, place != "/", place != "." else {
        throw .system(path: path, action: "create", code: errno)
      }
      place = place.parentFolder
      if place.isEmpty { place = "." }
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .system(path: path, action: "create", code: ENOTDIR)
    }
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    let made = "\(place)/.partial-\(suffix)"
    guard mkdir(made, 0o700) == 0 else {
      throw .system(path: path, action: "create", code: errno)
    }
    rmdir(made)
  }
}
