import Foundation
package import LanguageModels

/// Where a model is: a folder, a .gguf file, an id of the Hugging Face cache, an overlay, or a PEFT adapter.
package enum ModelSource {
  /// Opens what is at `path`; overlays and adapters over their bases, merged as they are read.
  ///
  /// - Parameter base: where the base of an overlay or adapter is; nil for the place on record.
  /// - Returns: the model, and what the user should know about it.
  /// - Throws: `ModelOverlayError`, `AdapterError`, and what opening models throws.
  package static func open(
    _ path: String, base: String? = nil
  ) throws -> (model: ModelDirectory, remarks: [String]) {
    if ModelOverlay.isOverlay(path) {
      let model = try ModelOverlay.open(path, base: base).model()
      return (model, model.remarks)
    }
    // A whole model may have been saved into the folder of its adapter.
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
