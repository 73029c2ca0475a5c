import Formats
import Foundation
package import Tensors

/// Text files that are written atomically.
package enum WholeFile {
  /// Writes `text` to `path`, replacing an existing file and creating its folder.
  package static func write(_ text: String, to path: String) throws(FileError) {
    let folder = path.parentFolder
    if !folder.isEmpty { try makeFolder(folder) }
    let file = try AtomicFile(path: path)
    try file.write(text)
    try file.commit()
  }

  /// Creates the folder `path` and its parents.
  package static func makeFolder(_ path: String) throws(FileError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: nil)
    } catch {
      throw .system(path: path, action: "create the folder", code: errno)
    }
  }
}
