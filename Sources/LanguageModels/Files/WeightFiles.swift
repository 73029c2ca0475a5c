import Tensors

/// The files of a Hugging Face folder that hold weights.
enum WeightFiles {
  /// Whether the files `names` of a folder make it one of which `open` reads the weights.
  static func areThere(_ names: [String]) -> Bool {
    names.contains("config.json")
      && names.contains {
        ["model.safetensors", "pytorch_model.bin"].contains($0)
          || ["model.safetensors.index.json", "pytorch_model.bin.index.json"].contains($0)
      }
  }

  /// Opens the weights in `folder`, which holds the files `names`.
  ///
  /// Safetensors come before pickled files, and a single file before an index, as in transformers.
  static func open(
    _ folder: String, _ names: [String]
  ) throws -> (any Checkpoint, files: [String]) {
    if names.contains("model.safetensors") {
      let path = "\(folder)/model.safetensors"
      return (try SafetensorsFile(path: path), [path])
    }
    if names.contains("model.safetensors.index.json") {
      let index = "\(folder)/model.safetensors.index.json"
      let checkpoint = try ShardedCheckpoint(indexPath: index)
      return (checkpoint, [index] + checkpoint.shardPaths)
    }
    if names.contains("pytorch_model.bin") {
      let path = "\(folder)/pytorch_model.bin"
      return (try PyTorchArchive(path: path), [path])
    }
    if names.contains("pytorch_model.bin.index.json") {
      let index = "\(folder)/pytorch_model.bin.index.json"
      let checkpoint = try ShardedCheckpoint(indexPath: index) { try PyTorchArchive(path: $0) }
      return (checkpoint, [index] + checkpoint.shardPaths)
    }
    let pickled = names.first { name in [".pth", ".pt"].contains { name.hasSuffix($0) } }
    if let pickled { throw ModelError.pickledWeights(folder: folder, file: pickled) }
    throw ModelError.noWeights(folder: folder)
  }
}
