import Foundation

/// Temporary files and folders of writers that were killed.
///
/// A writer holds a lock on what it writes under a temporary name, and the system takes the lock back when the
/// writer ends, however it ends. Whatever can be locked belongs to nobody any more.
package enum Leftovers {
  private static let mark = ".partial-"

  /// A new temporary name beside `path`.
  static func name(for path: String) -> String {
    "\(path)\(mark)\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
  }

  /// Whether a file or folder of this name is, or was, a writer's temporary one.
  package static func isTemporary(_ name: String) -> Bool {
    guard let range = name.range(of: mark, options: .backwards) else { return false }
    let suffix = name[range.upperBound...].utf8
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return (1...7).contains(suffix.count)
      && suffix.allSatisfy { letters.contains($0) || digits.contains($0) }
  }

  /// Removes what killed writers of `path` left beside it.
  package static func remove(of path: String) {
    let url = URL(fileURLWithPath: path).standardizedFileURL
    let name = url.lastPathComponent
    remove(in: url.deletingLastPathComponent().path) { $0.hasPrefix(name + mark) }
  }

  /// Removes what killed writers left in `folder`, not in the folders below it.
  package static func remove(in folder: String) { remove(in: folder) { _ in true } }

  private static func remove(in folder: String, where isMeant: (String) -> Bool) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where isTemporary(name) && isMeant(name) { removeDead("\(folder)/\(name)") }
  }

  /// Removes the file or folder at `path` unless its writer lives.
  private static func removeDead(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard take(descriptor, path: path) == .taken else { return }
    try? FileManager.default.removeItem(atPath: path)
  }

  enum Hold {
    case taken
    /// Somebody else has it, or another file has its name by now.
    case lost
    /// The file system knows no locks.
    case impossible
  }

  /// Takes the lock of the file or folder at `path`, which is open.
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
