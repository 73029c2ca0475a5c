import LanguageModels
package import Tensors

/// Adaptive representation misdirection: RMU whose coefficient follows from the model.
///
/// Hidden states of forget text are steered to c·u, u a random unit vector and c a multiple of the mean length that
/// hidden states of the domain's first batch have.
///
/// - Paper: Dang et al. 2024, "On Effects of Steering Latent Representation for Large Language Model Unlearning",
///   https://arxiv.org/abs/2408.06223
/// - Deviations: those of `RMU`; so padding counts neither in the losses nor in the mean length. More than two domains
///   are allowed, which the authors' code is not made for.
package struct AdaptiveRMU: UnlearningMethod {
  package static let card = MethodCard(
    name: "adaptive_rmu", title: "Adaptive RMU", reference: "https://arxiv.org/abs/2408.06223",
    summary: "RMU to a random vector as long as a multiple of the hidden states' own length.")

  package static let presets = [
    SettingsPreset(
      name: "authors-zephyr", summary: "the authors' runs on Zephyr-7B-beta: 500 batches",
      settings: "{maximumBatches: 500}")
  ]

  /// Layer whose output is steered, counted from 0.
  package var layer = 7
  /// Layers whose parameters train; none above `layer`.
  package var trainedLayers = [5, 6, 7]
  /// Parameters that train in each of them, named as in a Hugging Face checkpoint.
  package var trainedParameters = ["mlp.down_proj.weight"]
  /// Length of the steering vector as a multiple of the mean length of hidden states (*β* in the paper).
  package var scale = 5.0
  /// Weight of the retain loss (*α* in the paper), one for all domains or one for each.
  package var alphas: [Double] = [1200]
  package var learningRate = 5e-5
  package var adamBeta1 = 0.9
  package var adamBeta2 = 0.999
  package var adamEpsilon = 1e-6
  package var weightDecay = 0.0
  /// Documents in a batch.
  package var batchSize = 4
  /// Most batches in an epoch, counting all domains together.
  package var maximumBatches = 150
  package var epochs = 1
  /// Longest forget text in tokens: of the first domain, and of the others.
  package var forgetTokens = [512, 768]
  /// Longest retain text in tokens.
  package var retainTokens = 512
  /// Directions from a safetensors file, `control_vectors` `[domains, D]`, used as they are; empty: drawn at random.
  package var controlVectors = ""
  /// Type that operands of products are rounded to; sums, parameters and moments are float32.
  package var computeType = ComputeType.float32
  package var inputFiles: [String] { rmu.inputFiles }

  package init() {}

  package static let ranges: [String: SettingRange] = RMU.ranges.merging(
    ["scale": .above(0, to: 1e30)]
  ) { $1 }

  package func validate() throws { try rmu.validate() }

  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    .training(try rmu.program(job, settings: try resolvedYAML(), proportion: scale))
  }

  /// RMU with unit vectors.
  private var rmu: RMU {
    var rmu = RMU()
    rmu.layer = layer
    rmu.trainedLayers = trainedLayers
    rmu.trainedParameters = trainedParameters
    rmu.steeringCoefficients = [1]
    rmu.alphas = alphas
    rmu.learningRate = learningRate
    rmu.adamBeta1 = adamBeta1
    rmu.adamBeta2 = adamBeta2
    rmu.adamEpsilon = adamEpsilon
    rmu.weightDecay = weightDecay
    rmu.batchSize = batchSize
    rmu.maximumBatches = maximumBatches
    rmu.epochs = epochs
    rmu.forgetTokens = forgetTokens
    rmu.retainTokens = retainTokens
    rmu.controlVectors = controlVectors
    rmu.computeType = computeType
    return rmu
  }
}
