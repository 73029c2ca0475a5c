import Foundation
import LanguageModels
import Spunge

/// Parts of a merge, as they lie on disk.
enum MergePart {
  /// The differences of the models, overlays or adapters at `paths` from `base`.
  ///
  /// They are named by their last path component, unless two share it: random methods draw by
  /// name, and moving a folder must not change what they draw.
  static func open(_ paths: [String], base: ModelDirectory) throws -> [ParameterDelta] {
    let short = paths.map { URL(filePath: $0).lastPathComponent }
    let names = Set(short).count == short.count ? short : paths
    return try zip(paths, names).map { try open($0, name: $1, base: base) }
  }

  private static func open(
    _ path: String, name: String, base: ModelDirectory
  ) throws -> ParameterDelta {
    if ModelOverlay.isOverlay(path) {
      return ParameterDelta(
        name: name, checkpoint: try ModelOverlay.open(path, base: base.path).delta.checkpoint)
    }
    if AdapterFile.isAdapter(path) {
      let (delta, remarks) = try ParameterDelta.adapter(
        path, name: name, base: base.checkpoint, configuration: base.configuration)
      for remark in remarks { Notice.print(remark) }
      return delta
    }
    let tuned = try ModelDirectory.open(path)
    let (theirs, ours) = (tuned.configuration.architecture, base.configuration.architecture)
    guard theirs == ours else {
      throw MergeError.otherArchitecture(
        part: name, architecture: theirs.rawValue, base: ours.rawValue)
    }
    return try ParameterDelta(name: name, base: base.checkpoint, tuned: tuned.checkpoint)
  }
}
