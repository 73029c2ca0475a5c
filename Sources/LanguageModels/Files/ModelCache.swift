import Foundation

/// The Hugging Face cache on this machine.
///
/// Layout: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
struct ModelCache {
  /// Prefix of model folders.
  static let prefix = "models--"

  /// Folders that may contain `models--owner--name`, in order of preference.
  let folders: [String]

  /// Cache folders given by the environment, and the default ones.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    let home = value("HOME") ?? NSHomeDirectory()
    let caches = value("XDG_CACHE_HOME") ?? "\(home)/.cache"
    let places = [
      value("HF_HUB_CACHE"), value("HUGGINGFACE_HUB_CACHE"), value("HF_HOME").map { "\($0)/hub" },
      "\(caches)/huggingface/hub",
    ]
    var folders: [String] = []
    for place in places.compactMap({ $0 }) {
      let folder = place.hasPrefix("~/") ? home + place.dropFirst() : place
      if !folders.contains(folder) { folders.append(folder) }
    }
    self.folders = folders
  }

  /// `owner/name` or `owner/name@revision` taken apart; nil if `text` is neither.
  static func reference(_ text: String) -> (repository: String, revision: String?)? {
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.count == 2 && parts.allSatisfy(isPlain)
    guard isName else { return nil }
    guard halves.count == 2 else { return (String(halves[0]), nil) }
    let revision = halves[1].split(separator: "/", omittingEmptySubsequences: false)
    return revision.allSatisfy(isPlain) ? (String(halves[0]), String(halves[1])) : nil
  }

  /// Whether a name has only letters, digits and `-_.`, so that it cannot leave its folder.
  private static func isPlain(_ part: Substring) -> Bool {
    !part.isEmpty && !part.hasPrefix(".")
      && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
  }

  /// The folder with the files of a repository.
  ///
  /// - Parameter revision: branch, tag or commit; nil for the main branch.
  /// - Throws: `ModelError.notInCache` with all folders that were searched.
  func snapshot(of repository: String, revision: String?) throws(ModelError) -> String {
    let name = Self.prefix + repository.replacing("/", with: "--")
    var places: [String] = []
    for folder in folders {
      let model = "\(folder)/\(name)"
      for commit in commits(of: model, revision) {
        let path = "\(model)/snapshots/\(commit)"
        if FileManager.default.fileExists(atPath: path) { return path }
        places.append(path)
      }
      places.append("\(model)/refs/\(revision ?? "main")")
    }
    throw .notInCache(repository: repository, revision: revision, places: places)
  }

  /// The commits that may be meant, without those that could lead out of the folder.
  private func commits(of model: String, _ revision: String?) -> [String] {
    var commits: [String] = []
    let reference = "\(model)/refs/\(revision ?? "main")"
    if let text = try? String(contentsOfFile: reference, encoding: .utf8) {
      commits.append(text.trimmingCharacters(in: .whitespacesAndNewlines))
    }
    if let revision { commits.append(revision) }
    return commits.filter { Self.isPlain($0[...]) }
  }
}

/// Finds models on this machine.
package enum ModelLocation {
  /// Whether `text` can be a Hugging Face id: `owner/name` or `owner/name@revision`.
  package static func isRepository(_ text: String) -> Bool { ModelCache.reference(text) != nil }

  /// The id of the repository in whose cache folder `path` is, `…/models--owner--name/snapshots/…`;
  /// nil for a path elsewhere.
  package static func repository(of path: String) -> String? {
    let parts = path.split(separator: "/")
    guard
      let place = parts.indices.dropLast().last(where: {
        parts[$0].hasPrefix(ModelCache.prefix) && parts[$0 + 1] == "snapshots"
      })
    else { return nil }
    // An owner's name has no double dash.
    return String(parts[place].dropFirst(ModelCache.prefix.count))
      .replacing("--", with: "/", maxReplacements: 1)
  }

  /// `path` if it exists, else the folder of the model with this id in the Hugging Face cache.
  ///
  /// - Throws: `ModelError` that says how to get it.
  package static func resolve(_ path: String) throws(ModelError) -> String {
    if FileManager.default.fileExists(atPath: path) { return path }
    guard let model = ModelCache.reference(path) else { throw .notFound(path: path) }
    return try ModelCache().snapshot(of: model.repository, revision: model.revision)
  }
}
