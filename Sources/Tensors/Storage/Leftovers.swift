import Foundation

/// Temporary files and folders of killed writers.
///
/// A writer holds a lock on its temporary file or folder, which the system releases when the writer ends for any
/// reason. Whatever can be locked is therefore abandoned.
package enum Leftovers {
  private static let mark = ".partial-"

  /// A new temporary name beside `path`.
  static func name(for path: String) -> String {
    "\(path)\(mark)\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
  }

  /// Whether this is the name of a writer's temporary file or folder.
  package static func isTemporary(_ name: String) -> Bool {
    guard let range = name.range(of: mark, options: .backwards) else { return false }
    let suffix = name[range.upperBound...].utf8
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return (1...7).contains(suffix.count)
      && suffix.allSatisfy { letters.contains($0) || digits.contains($0) }
  }

  /// Removes leftovers of killed writers of `path`.
  package static func remove(of path: String) {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    let name = url.lastPathComponent
    remove(in: url.deletingLastPathComponent().path) { $0.hasPrefix(name + mark) }
  }

  /// Removes leftovers of killed writers in `folder`, but not in its subfolders.
  package static func remove(in folder: String) { remove(in: folder) { _ in true } }

  private static func remove(in folder: String, where isMeant: (String) -> Bool) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where isTemporary(name) && isMeant(name) { removeDead("\(folder)/\(name)") }
  }

  /// Removes the file or folder at `path` unless its writer is alive.
  private static func removeDead(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard take(descriptor, path: path) == .taken else { return }
    try? FileManager.default.removeItem(atPath: path)
  }

  enum Hold {
    case taken
    /// Another process holds the lock, or another file has taken the name.
    case lost
    /// The file system does not support locks.
    case impossible
  }

  /// Locks the open file or folder at `path`.
  static func take(_ descriptor: Int32, path: String) -> Hold {
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      return errno == EWOULDBLOCK ? .lost : .impossible
    }
    var opened = stat()
    var named = stat()
    let isSame =
      fstat(descriptor, &opened) == 0 && lstat(path, &named) == 0
      && opened.st_ino == named.st_ino && opened.st_dev == named.st_dev
    return isSame ? .taken : .lost
  }
}
