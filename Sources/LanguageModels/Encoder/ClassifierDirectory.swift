import Foundation
package import Tensors

/// A RoBERTa sequence classifier on disk: configuration, weights and tokenizer.
package struct ClassifierDirectory: Sendable {
  /// The folder, after following a cache folder to its snapshot.
  package let path: String
  package let configuration: EncoderConfiguration
  package let checkpoint: any Checkpoint
  /// Every file that decides what the classifier says; for digests.
  package let sourceFiles: [String]

  /// Opens a Hugging Face folder, or `owner/name[@revision]` in the Hugging Face cache on this machine.
  ///
  /// Weights are checked against the configuration, and stay memory-mapped.
  /// - Throws: `ModelError`, `FileError` or `SafetensorsError`.
  package static func open(_ path: String) throws -> ClassifierDirectory {
    let found = try ModelLocation.resolve(path)
    let folder = try ModelDirectory.snapshot(URL(fileURLWithPath: found).standardizedFileURL.path)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    guard names.contains("config.json") else { throw ModelError.noConfiguration(folder: folder) }
    let configuration = try EncoderConfiguration(configFile: "\(folder)/config.json")
    let (stored, weightFiles) = try WeightFiles.open(folder, names)
    let checkpoint = configuration.named(stored)
    try configuration.check(checkpoint, path: folder)
    let others = names.filter {
      $0 == "config.json" || ModelDirectory.tokenizerFileNames.contains($0)
    }
    return ClassifierDirectory(
      path: folder, configuration: configuration, checkpoint: checkpoint,
      sourceFiles: others.map { "\(folder)/\($0)" } + weightFiles)
  }

  /// Writes config.json and the weights into a folder that is there.
  package static func writeContents(
    _ configuration: EncoderConfiguration, _ checkpoint: any Checkpoint, into folder: String,
    format: FloatFormat = .float32
  ) throws {
    try configuration.check(checkpoint, path: folder)
    try ModelWriter.write(configuration.json(format: format), to: "\(folder)/config.json")
    _ = try SafetensorsWriter.write(
      checkpoint, toFolder: folder, maximumShardBytes: 5_000_000_000
    ) { _ in format }
  }
}
