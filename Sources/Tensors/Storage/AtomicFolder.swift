import Foundation

/// A new folder that appears under its name only when complete.
///
/// Leftovers of a killed writer of the same folder are removed when the next one begins.
package enum AtomicFolder {
  /// Lets `fill` write files to a temporary folder beside `path`, which is then renamed to it.
  ///
  /// - Parameters:
  ///   - path: must not exist yet.
  ///   - fill: gets the temporary folder's path.
  /// - Throws: `FileError`, and what `fill` throws; no files are left behind.
  package static func write<Result>(
    to path: String, _ fill: (String) throws -> Result
  ) throws -> Result {
    let files = FileManager.default
    let target = URL(fileURLWithPath: path).standardizedFileURL.path
    guard !files.fileExists(atPath: target) else { throw FileError.exists(path: path) }
    Leftovers.remove(of: target)
    let (temporary, descriptor) = try make(beside: target)
    defer { close(descriptor) }
    do {
      let result = try fill(temporary)
      // rename fails if a non-empty folder has appeared in the meantime.
      guard rename(temporary, target) == 0 else {
        throw FileError.system(path: path, action: "finish", code: errno)
      }
      return result
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
  }

  /// A temporary folder and the descriptor whose lock shows that its writer is alive.
  private static func make(beside target: String) throws(FileError) -> (String, Int32) {
    while true {
      let temporary = Leftovers.name(for: target)
      do {
        try FileManager.default.createDirectory(
          atPath: temporary, withIntermediateDirectories: true)
      } catch {
        throw .system(path: target, action: "create the folder", code: errno)
      }
      let descriptor = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw .system(path: target, action: "open", code: errno) }
      if Leftovers.take(descriptor, path: temporary) != .lost { return (temporary, descriptor) }
      close(descriptor)
    }
  }
}
