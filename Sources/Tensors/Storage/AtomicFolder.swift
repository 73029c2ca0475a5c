import Foundation

/// A new folder that appears under its name only when complete.
package enum AtomicFolder {
  /// Lets `fill` put files into a temporary folder beside `path`, which then gets its name.
  ///
  /// - Parameters:
  ///   - path: must not exist yet.
  ///   - fill: gets the temporary folder's path.
  /// - Throws: `FileError`, and what `fill` throws; then nothing is left behind.
  package static func write<Result>(
    to path: String, _ fill: (String) throws -> Result
  ) throws -> Result {
    let files = FileManager.default
    let target = URL(fileURLWithPath: path).standardizedFileURL.path
    guard !files.fileExists(atPath: target) else { throw FileError.exists(path: path) }
    let suffix = String(UInt32.random(in: 0...UInt32.max), radix: 36)
    let temporary = "\(target).partial-\(suffix)"
    do {
      try files.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    } catch {
      throw FileError.system(path: path, action: "create the folder", code: errno)
    }
    do {
      let result = try fill(temporary)
      // rename refuses a folder with contents, should one have appeared meanwhile.
      guard rename(temporary, target) == 0 else {
        throw FileError.system(path: path, action: "finish", code: errno)
      }
      return result
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
  }
}
