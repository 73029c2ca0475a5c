package import Formats
package import Tensors

/// Low-rank factors beside projections of a base model, as PEFT keeps them.
package struct Adapter: Sendable {
  /// α; a projection of rank r is scaled by α/r, or by α/√r.
  package var alpha: Double
  /// R of most projections.
  package var rank: Int
  package var isRankStabilised: Bool
  /// Probability of dropout while it was trained.
  package var dropout: Double
  /// Names of the adapted modules, or their ends.
  package var targets: [String]
  /// The base as its author named it; empty if unknown.
  package var baseModel: String
  /// Every factor under its PEFT name, `base_model.model.….lora_A.weight` and `…lora_B.weight`.
  package var factors: any Checkpoint
  /// Which factors make which parameter's update, and their scale.
  package var products: [LowRankFactors]

  /// The update of the base's parameters, `coefficient · scale · B · A`, multiplied when it is read.
  /// - Parameter coefficient: 1 applies the adapter, −λ negates it.
  package func delta(coefficient: Double = 1) throws -> LowRankCheckpoint {
    try LowRankCheckpoint(
      factors: factors,
      products: products.map { product in
        var scaled = product
        scaled.scale *= coefficient
        return scaled
      })
  }

  /// Factor on the product of factors of this rank, unitless.
  package func scale(rank: Int) -> Double {
    alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank))
  }

  /// PEFT's names of the factors beside the parameter `name`.
  static func factorNames(of name: String) -> (a: String, b: String) {
    let module = "base_model.model." + name.dropLast(".weight".count)
    return ("\(module).lora_A.weight", "\(module).lora_B.weight")
  }
}

/// The ways an adapter folder can be missing, wrong or unsupported.
package enum AdapterError: InputFailure, CustomStringConvertible, Equatable {
  case missingFile(folder: String, file: String)
  case invalidField(path: String, field: String, value: String, requirement: String)
  case unsupportedField(path: String, field: String, value: String)
  case unknownTensor(path: String, name: String)
  case missingFactor(path: String, name: String)
  case shape(path: String, name: String, shape: [Int], expected: String)
  case empty(path: String)

  package var description: String {
    switch self {
    case .missingFile(let folder, let file):
      "\(folder): no \(file); a PEFT adapter is a folder with adapter_config.json and "
        + "adapter_model.safetensors"
    case .invalidField(let path, let field, let value, let requirement):
      "\(path): '\(field)' is \(value); it must be \(requirement)"
    case .unsupportedField(let path, let field, let value):
      "\(path): '\(field)' is \(value), which is not supported and would change the result; "
        + "merge the adapter into its model with PEFT (merge_and_unload) and use that"
    case .unknownTensor(let path, let name):
      "\(path): '\(name)' is not the A or B factor of a projection of this model; the adapter belongs "
        + "to another model, or holds more than LoRA factors"
    case .missingFactor(let path, let name):
      "\(path): there is no '\(name)', the other factor of a pair; the file is incomplete"
    case .shape(let path, let name, let shape, let expected):
      "\(path): '\(name)' has shape \(shape) instead of \(expected); the adapter belongs to another model"
    case .empty(let path):
      "\(path): the adapter holds no factors"
    }
  }
}
