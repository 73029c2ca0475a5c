package import Formats
import Foundation

/// A file operation failed.
package enum FileError: ExitingError, CustomStringConvertible {
  /// A system call failed; `code` is its `errno`.
  case system(path: String, action: String, code: Int32)
  case notARegularFile(path: String)
  /// The file changed while it was read; lengths in bytes.
  case changed(path: String, from: Int, to: Int)
  /// The disk (or the quota) has no room left for the file.
  case diskFull(path: String)
  case exists(path: String)
  /// An output that is also an input, possibly by another name.
  case isInput(path: String, input: String)
  /// A symbolic link in a results folder that would redirect files elsewhere.
  case link(path: String, target: String)

  package var blame: Blame {
    switch self {
    case .system(_, _, let code):
      [ENOENT, EACCES, EPERM, EROFS, EISDIR, ENOTDIR, ENAMETOOLONG, ELOOP, EINVAL].contains(code)
        ? .input : .run
    case .notARegularFile, .exists, .isInput, .link: .input
    case .changed, .diskFull: .run
    }
  }

  package var description: String {
    switch self {
    case .system(let path, let action, let code):
      "\(path.shown(limit: 500)): cannot \(action): \(String(cString: strerror(code)))"
    case .notARegularFile(let path):
      "\(path.shown(limit: 500)): not a regular file; give the path of a file"
    case .changed(let path, let from, let to):
      "\(path.shown(limit: 500)): the file was written to while in use"
        + (from == to ? "" : " and went from \(from) to \(to) bytes")
        + "; run again when it is complete"
    case .diskFull(let path):
      "\(path.shown(limit: 500)): no space left for this file; nothing was kept, free some space and run again"
    case .exists(let path):
      "\(path.shown(limit: 500)): already exists; choose another name or remove it first"
    case .isInput(let path, let input):
      "\(path.shown(limit: 500)): would replace \(input.shown(limit: 500)), which is read; name another place"
    case .link(let path, let target):
      "\(path.shown(limit: 500)): a symbolic link to \(target.shown()), through which files would land outside the results folder; "
        + "remove it, or link the whole folder instead"
    }
  }
}
