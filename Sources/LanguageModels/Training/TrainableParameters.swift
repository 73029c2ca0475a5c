package import Formats
import Foundation

/// Which parameters of a network train; all others are frozen and cost no gradient.
package enum TrainableParameters: Sendable, Hashable {
  /// Parameters whose name in Hugging Face's files matches one of these patterns (`*` stands for any characters).
  case full([String])
  /// Low-rank factors beside frozen projections.
  case lora(LoRASettings)

  /// Every parameter.
  package static let all = TrainableParameters.full(["*"])

  /// Whether the network's parameter `name` trains itself.
  func trains(_ name: String, _ configuration: DecoderConfiguration) -> Bool {
    guard case .full(let patterns) = self else { return false }
    let stored = configuration.architecture.spelling.stored(name)
    return patterns.contains { fnmatch($0, stored, 0) == 0 }
  }

  /// Throws if the network lacks what is to train.
  package func check(_ configuration: DecoderConfiguration) throws(TrainingError) {
    let patterns: [String]
    switch self {
    case .full(let names): patterns = names
    case .lora(let settings):
      patterns = settings.targets(in: configuration)
      for target in patterns {
        var one = settings
        one.targets = [target]
        guard TrainableParameters.lora(one).changedCount(configuration) > 0 else {
          throw .unknownTarget(target, there: configuration.projectionNames)
        }
      }
    }
    guard changedCount(configuration) > 0 else { throw .nothingTrains(patterns: patterns) }
  }
}

/// Shape and place of low-rank factors; the defaults are PEFT's for Llama, and its own of an architecture that has no
/// such modules.
package struct LoRASettings: Sendable, Hashable, Codable {
  /// R.
  package var rank: Int
  /// α; the branch is scaled by α/R.
  package var alpha: Double
  package var dropout: Double
  /// Module names, or the ends of them after a dot, as PEFT's `target_modules`; `all-linear`: every projection.
  package var targets: [String]
  /// Scales by α/√R instead; Kalajdzievski 2023, https://arxiv.org/abs/2312.03732
  package var isRankStabilised: Bool
  /// Standard deviation of B at the start; 0 as in PEFT.
  package var initialDeviation: Double

  package static let allLinear = "all-linear"
  package static let usualTargets = ["q_proj", "v_proj"]

  package init(
    rank: Int = 8, alpha: Double = 8, dropout: Double = 0,
    targets: [String] = usualTargets,
    isRankStabilised: Bool = false, initialDeviation: Double = 0
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.targets = targets
    self.isRankStabilised = isRankStabilised
    self.initialDeviation = initialDeviation
  }

  /// What B·A is multiplied by.
  package var scale: Double {
    alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank))
  }

  /// The same in some layers only.
  package func only(
    _ layers: Range<Int>, of configuration: DecoderConfiguration
  ) -> LoRASettings {
    var copy = self
    let spelling = configuration.architecture.spelling
    copy.targets = layers.flatMap { layer in
      configuration.projections.filter { adapts(layer: layer, $0, configuration) }
        .map { spelling.stored(DecoderNames.layer(layer, $0.module)) }
    }
    return copy
  }

  /// The targets, or those that PEFT has for an architecture without the usual ones.
  func targets(in configuration: DecoderConfiguration) -> [String] {
    let isUsual = targets == Self.usualTargets
    return isUsual && configuration.architecture.fusesQueryKeyValue
      ? configuration.architecture.adapterTargets : targets
  }

  /// Whether a projection of a block gets factors.
  func adapts(
    layer: Int, _ part: DecoderBlock.Part, _ configuration: DecoderConfiguration
  ) -> Bool {
    let module = configuration.architecture.spelling.stored(DecoderNames.layer(layer, part.module))
    return targets(in: configuration).contains {
      $0 == Self.allLinear || module == $0 || module.hasSuffix("." + $0)
    }
  }
}

/// Why a network cannot be trained as asked.
package enum TrainingError: ExitingError, CustomStringConvertible, Equatable {
  case nothingTrains(patterns: [String])
  case unknownTarget(String, there: [String])
  case nonFinite(step: Int, quantity: String, value: String)
  case tokenOutOfRange(token: Int, vocabulary: Int)
  case beyondContext(tokens: Int, context: Int)

  package var blame: Blame {
    if case .nonFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .nothingTrains(let patterns):
      "no parameter matches \(patterns.joined(separator: ", ")); names look like "
        + "'model.layers.0.mlp.down_proj.weight', '*' stands for any characters"
    case .unknownTarget(let target, let there):
      "'\(target)' is no projection that can take low-rank factors; there are: "
        + there.joined(separator: ", ") + " and '\(LoRASettings.allLinear)'"
    case .nonFinite(let step, let quantity, let value):
      "step \(step): \(quantity) is \(value); lower the learning rate or clip the gradient"
    case .tokenOutOfRange(let token, let vocabulary):
      "token id \(token) is outside the vocabulary of \(vocabulary); the tokenizer belongs to another model"
    case .beyondContext(let tokens, let context):
      "a sequence of \(tokens) tokens: beyond \(context) tokens the model's dynamic 'rope_scaling' is not supported; "
        + "cut the texts to that length"
    }
  }
}
