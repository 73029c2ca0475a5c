import Foundation
import LanguageModels
import Spunge
import Tensors

/// Opens the parts of a merge.
enum MergePart {
  /// A part before it is compared with the base.
  private enum Opened {
    case change(any Checkpoint)
    case model(ModelDirectory)

    /// Whether the part has an output head that is not tied to the embeddings.
    var hasOwnHead: Bool {
      switch self {
      case .change(let change): change.description(of: DecoderNames.head) != nil
      case .model(let model): !model.configuration.tiesEmbeddings
      }
    }
  }

  /// The differences of the models, overlays or adapters at `paths` from `base`.
  ///
  /// They are named by their last path component, unless two share it: random methods draw by
  /// name, and moving a folder must not change what they draw.
  /// - Returns: the parts, and the base that they change: where one of them has a head of its own, so has the base.
  static func open(
    _ paths: [String], base: ModelDirectory
  ) throws -> (parts: [ParameterDelta], base: ModelDirectory) {
    let short = paths.map { URL(filePath: $0).lastPathComponent }
    let names = Set(short).count == short.count ? short : paths
    let opened = try zip(paths, names).map { try open($0, name: $1, base: base) }
    let whole = opened.contains(where: \.hasOwnHead) ? base.untied : base
    let parts = try zip(names, opened).map { name, part in
      switch part {
      case .change(let change):
        ParameterDelta(
          name: name,
          checkpoint: base.configuration.tiesEmbeddings && !whole.configuration.tiesEmbeddings
            ? DecoderConfiguration.withOwnHead(change) : change)
      case .model(let model):
        try ParameterDelta(
          name: name, base: whole.checkpoint,
          tuned: whole.configuration.tiesEmbeddings ? model.checkpoint : model.untied.checkpoint)
      }
    }
    return (parts, whole)
  }

  private static func open(
    _ path: String, name: String, base: ModelDirectory
  ) throws -> Opened {
    if ModelOverlay.isOverlay(path) {
      return .change(try ModelOverlay.open(path, base: base.path).delta.checkpoint)
    }
    if AdapterFile.isAdapter(path) {
      let (delta, remarks) = try ParameterDelta.adapter(
        path, name: name, base: base.checkpoint, configuration: base.configuration)
      for remark in remarks { Notice.print(remark) }
      return .change(delta.checkpoint)
    }
    let tuned = try ModelDirectory.opened(path)
    let (theirs, ours) = (tuned.configuration.architecture, base.configuration.architecture)
    guard theirs == ours else {
      throw MergeError.otherArchitecture(
        part: name, architecture: theirs.name, base: ours.name)
    }
    return .model(tuned)
  }
}
