import Foundation
package import LanguageModels

/// Opens models of any kind: a folder, a .gguf file, an id in the Hugging Face cache, an overlay or a PEFT adapter.
package enum ModelSource {
  /// Opens the model at `path`; overlays and adapters are merged into their bases as they are read.
  ///
  /// - Parameter base: path of an overlay's or adapter's base; nil for the recorded path.
  /// - Returns: the model, and notes for the user.
  /// - Throws: `ModelOverlayError`, `AdapterError`, and what opening models throws.
  package static func open(
    _ path: String, base: String? = nil
  ) throws -> (model: ModelDirectory, remarks: [String]) {
    if ModelOverlay.isOverlay(path) {
      let model = try ModelOverlay.open(path, base: base).model()
      return (model, model.remarks)
    }
    // A complete model may have been saved to the folder of its adapter.
    if AdapterFile.isAdapter(path), base != nil || !hasConfiguration(path) {
      return try openAdapter(path, base: base)
    }
    let model = try ModelDirectory.open(path)
    return (model, model.remarks)
  }

  private static func hasConfiguration(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/config.json")
  }

  private static func openAdapter(
    _ path: String, base: String?
  ) throws -> (model: ModelDirectory, remarks: [String]) {
    let files = try AdapterFile.files(path)
    let place = try base ?? AdapterFile.baseModel(path)
    let directory: ModelDirectory
    do {
      guard !place.isEmpty else { throw AdapterError.noBase(adapter: path, base: place) }
      directory = try ModelDirectory.open(place)
    } catch ModelError.notFound, ModelError.notInCache {
      throw AdapterError.noBase(adapter: path, base: place)
    }
    let (delta, remarks) = try ParameterDelta.adapter(
      path, name: path, base: directory.checkpoint, configuration: directory.configuration)
    let whole = delta.hasOwnHead ? directory.untied : directory
    let weights = try SumCheckpoint(base: whole.checkpoint, delta: delta)
    return (try whole.replacing(weights: weights, files: files), directory.remarks + remarks)
  }
}
