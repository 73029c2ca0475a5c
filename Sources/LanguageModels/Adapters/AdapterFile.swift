import Formats
import Foundation
import Tensors

/// Reads and writes PEFT adapter folders: adapter_config.json and adapter_model.safetensors.
package enum AdapterFile {
  private static let configurationName = "adapter_config.json"
  private static let weightsName = "adapter_model.safetensors"
  /// As PEFT called it before 0.7.
  private static let pickledName = "adapter_model.bin"

  /// Whether the folder `path` is an adapter.
  package static func isAdapter(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(configurationName)")
  }

  /// The files in `folder` that decide what the adapter is.
  package static func files(_ folder: String) throws -> [String] {
    let names = [weightsName, pickledName]
    let present = names.first { FileManager.default.fileExists(atPath: "\(folder)/\($0)") }
    guard isAdapter(folder) else {
      throw AdapterError.missingFile(folder: folder, file: configurationName)
    }
    guard let present else { throw AdapterError.missingFile(folder: folder, file: weightsName) }
    return ["\(folder)/\(configurationName)", "\(folder)/\(present)"]
  }

  /// The base that the adapter in `folder` names; empty if it names none.
  package static func baseModel(_ folder: String) throws -> String {
    try JSONFile.object(path: "\(folder)/\(configurationName)")["base_model_name_or_path"]?.string
      ?? ""
  }

  /// Reads the adapter in `folder`; its tensors stay memory-mapped.
  ///
  /// - Parameters:
  ///   - configuration: the base's, which the tensors must fit.
  ///   - matches: Python's regular expressions, which PEFT's configuration may hold.
  /// - Throws: `AdapterError`, with the name of every field that would change the result and is not
  ///   supported; `FileError`, `ModelError.invalidJSON`, `SafetensorsError`, `PyTorchArchiveError`.
  package static func read(
    _ folder: String, for configuration: DecoderConfiguration, matches: @escaping PatternMatcher
  ) throws -> Adapter {
    let files = try files(folder)
    let settings = try AdapterFields(try JSONFile.object(path: files[0]), path: files[0])
      .configuration(configuration.architecture)
    let tensors: any Checkpoint =
      files[1].hasSuffix(pickledName)
      ? try PyTorchArchive(path: files[1]) : try SafetensorsFile(path: files[1])
    var assembly = try AdapterAssembly(
      settings, file: tensors, path: files[1], base: configuration
    ) { pattern, text in
      do { return try matches(pattern, text) } catch {
        throw AdapterError.pattern(path: files[0], pattern: pattern, reason: "\(error)")
      }
    }
    return try assembly.assembled()
  }

  /// Writes the adapter as a new folder that PEFT loads.
  ///
  /// Everything goes to a temporary folder beside `folder`, which is renamed at the end.
  /// - Parameters:
  ///   - base: whose names and layouts the file has.
  ///   - folder: must not exist yet.
  /// - Throws: `FileError`.
  package static func write(
    _ adapter: Adapter, for base: DecoderConfiguration, to folder: String
  ) throws {
    let factors = try adapter.storedFactors(base)
    try AtomicFolder.write(to: folder) { temporary in
      try ModelWriter.write(AdapterFields.json(adapter), to: "\(temporary)/\(configurationName)")
      try SafetensorsWriter.write(factors, to: "\(temporary)/\(weightsName)") { _ in
        .float32
      }
    }
  }
}
