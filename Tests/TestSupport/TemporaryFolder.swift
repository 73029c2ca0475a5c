import Foundation
import Synchronization

/// A new empty folder that is removed with this object.
package final class TemporaryFolder: Sendable {
  package let path: String

  package init() throws {
    path =
      FileManager.default.temporaryDirectory.appending(
        path: "spunge-test-\(UUID().uuidString)"
      ).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  /// A folder for what all tests share, removed when the process ends.
  package static func untilExit() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    let isFirst = shared.withLock { paths in
      paths.append(folder.path)
      return paths.count == 1
    }
    if isFirst {
      atexit {
        TemporaryFolder.shared.withLock { paths in
          for path in paths { try? FileManager.default.removeItem(atPath: path) }
        }
      }
    }
    return folder
  }

  private static let shared = Mutex<[String]>([])

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes `bytes` to the file `name` and returns its path.
  @discardableResult
  package func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  /// Writes `text` to the file `name` and returns its path.
  @discardableResult
  package func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  /// Names of everything in the folder, sorted.
  package var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}
