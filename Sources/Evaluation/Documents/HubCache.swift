import Formats
import Foundation

/// Data sets that Hugging Face's tools have downloaded to this machine.
///
/// Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
package struct HubCache: Sendable {
  /// The folder that holds `datasets--owner--name`.
  package let path: String

  /// Where the environment says that the cache is.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let caches = value("XDG_CACHE_HOME") ?? "~/.cache"
    let path =
      value("HF_HUB_CACHE") ?? value("HUGGINGFACE_HUB_CACHE")
      ?? FileTree.join(value("HF_HOME") ?? FileTree.join(caches, "huggingface"), "hub")
    let home = value("HOME") ?? NSHomeDirectory()
    self.path = path.hasPrefix("~/") ? FileTree.join(home, String(path.dropFirst(2))) : path
  }

  /// Whether `name` can be that of a repository: `name` or `owner/name`.
  static func isRepository(_ name: String) -> Bool {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    return (1...2).contains(parts.count)
      && parts.allSatisfy { part in
        !part.isEmpty && !part.hasPrefix(".")
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      }
  }

  func folder(of repository: String) -> String {
    FileTree.join(path, "datasets--" + repository.replacing("/", with: "--"))
  }

  /// Folders with the files of a repository, the one to prefer first.
  ///
  /// - Parameter revision: branch, tag or commit; nil for the main branch, and where that has no
  ///   data, for what the hub made of it.
  func snapshots(of repository: String, revision: String?) -> [String] {
    guard Self.isRepository(repository) else { return [] }
    let folder = folder(of: repository)
    let revisions = revision.map { [$0] } ?? ["main", "refs/convert/parquet"]
    var commits = revisions.compactMap { name in
      let reference = FileTree.join(folder, "refs/\(name)")
      return (try? String(contentsOfFile: reference, encoding: .utf8))
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
    }
    if let revision { commits.append(revision) }
    let snapshots = FileTree.join(folder, "snapshots")
    if commits.isEmpty, let only = try? FileManager.default.contentsOfDirectory(atPath: snapshots),
      only.count == 1
    {
      commits = only
    }
    return commits.filter { !$0.isEmpty && !$0.contains("/") && !$0.hasPrefix(".") }
      .map { FileTree.join(snapshots, $0) }.filter(FileTree.isFolder)
  }
}
