import Foundation
import Tensors

/// Reads and writes PEFT adapter folders: adapter_config.json and adapter_model.safetensors.
package enum AdapterFile {
  private static let configurationName = "adapter_config.json"
  private static let weightsName = "adapter_model.safetensors"

  /// Whether the folder `path` is an adapter.
  package static func isAdapter(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/\(configurationName)")
  }

  /// Reads the adapter in `folder`; its factors stay memory-mapped.
  ///
  /// - Parameter configuration: the base's, which the factors must fit.
  /// - Throws: `AdapterError`, with the name of every field that would change the result and is not
  ///   supported; `FileError`, `ModelError.invalidJSON`, `SafetensorsError`.
  package static func read(
    _ folder: String, for configuration: LlamaConfiguration
  ) throws -> Adapter {
    let (path, weights) = ("\(folder)/\(configurationName)", "\(folder)/\(weightsName)")
    for (file, name) in [(path, configurationName), (weights, weightsName)]
    where !FileManager.default.fileExists(atPath: file) {
      throw AdapterError.missingFile(folder: folder, file: name)
    }
    var adapter = try AdapterFields(try JSONFile.object(path: path), path: path).adapter(
      factors: try SafetensorsFile(path: weights))
    adapter.products = try products(of: adapter, configuration, path: weights)
    return adapter
  }

  /// Pairs the factors and checks them against the network.
  private static func products(
    of adapter: Adapter, _ configuration: LlamaConfiguration, path: String
  ) throws -> [LowRankFactors] {
    var parameters: [String: (name: String, shape: [Int])] = [:]
    let endings = LlamaBlock.Part.projections.map(\.rawValue)
    for (name, shape) in configuration.expectedTensors
    where endings.contains(where: name.hasSuffix) {
      let factors = Adapter.factorNames(of: name)
      parameters[factors.a] = (name, shape)
      parameters[factors.b] = (name, shape)
    }
    var products: [LowRankFactors] = []
    for tensor in adapter.factors.tensors {
      guard let parameter = parameters[tensor.name] else {
        throw AdapterError.unknownTensor(path: path, name: tensor.name)
      }
      let names = Adapter.factorNames(of: parameter.name)
      guard let a = adapter.factors.description(of: names.a),
        let b = adapter.factors.description(of: names.b)
      else {
        throw AdapterError.missingFactor(
          path: path, name: tensor.name == names.a ? names.b : names.a)
      }
      guard tensor.name == names.a else { continue }
      let (output, input) = (parameter.shape[0], parameter.shape[1])
      guard a.shape.count == 2, a.rows > 0, a.shape[1] == input else {
        throw AdapterError.shape(
          path: path, name: names.a, shape: a.shape, expected: "[rank, \(input)]")
      }
      guard b.shape == [output, a.rows] else {
        throw AdapterError.shape(
          path: path, name: names.b, shape: b.shape, expected: "[\(output), \(a.rows)]")
      }
      products.append(
        LowRankFactors(
          name: parameter.name, down: names.a, up: names.b, scale: adapter.scale(rank: a.rows)))
    }
    guard !products.isEmpty else { throw AdapterError.empty(path: path) }
    return products
  }

  /// Writes the adapter as a new folder that PEFT loads.
  ///
  /// Everything goes to a temporary folder beside `folder`, which is renamed at the end.
  /// - Parameter folder: must not exist yet.
  /// - Throws: `FileError`.
  package static func write(_ adapter: Adapter, to folder: String) throws {
    try AtomicFolder.write(to: folder) { temporary in
      try ModelWriter.write(AdapterFields.json(adapter), to: "\(temporary)/\(configurationName)")
      try SafetensorsWriter.write(adapter.factors, to: "\(temporary)/\(weightsName)") { _ in
        .float32
      }
    }
  }
}
