package import LanguageModels
import Tensors

/// Representation misdirection for unlearning.
///
/// Pushes hidden states of forget text at one layer towards a fixed random direction while holding
/// hidden states of retain text where they were.
///
/// - Paper: Li et al. 2024, "The WMDP Benchmark", https://arxiv.org/abs/2403.03218
/// - Deviations: batches are packed, so that padding never enters a loss (upstream averages over it, where
///   its values depend on the attention kernel); arithmetic and optimiser state are float32, not the
///   checkpoint's type; layers above `layer` are not computed, which changes nothing; when
///   the data is short, every domain's batches are used (upstream stops at the shortest domain's count).
package struct RMU: UnlearningMethod {
  package static let card = MethodCard(
    name: "rmu", title: "RMU", reference: "https://arxiv.org/abs/2403.03218",
    summary: "Steers hidden states of forget text to a random vector, holds those of retain text.")

  package static let presets = [
    SettingsPreset(
      name: "wmdp-defaults", summary: "the defaults of WMDP's rmu/unlearn.py",
      settings: "{steeringCoefficients: [20], alphas: [100], maximumBatches: 80}"),
    SettingsPreset(
      name: "wmdp-zephyr", summary: "WMDP's published run on Zephyr-7B-beta",
      settings: "{steeringCoefficients: [6.5], alphas: [1200], maximumBatches: 150}"),
    SettingsPreset(
      name: "wmdp-yi", summary: "WMDP's published run on Yi-34B-Chat",
      settings: """
        {layer: 15, trainedLayers: [13, 14, 15], steeringCoefficients: [300], alphas: [350],
          batchSize: 2, maximumBatches: 400}
        """),
    SettingsPreset(
      name: "spunge-zephyr",
      summary: "the paper's parts of Zephyr-7B-beta: WMDP's run, two epochs, early stop",
      settings: """
        {steeringCoefficients: [6.5], alphas: [1200], maximumBatches: 150, epochs: 2,
          stopBelowCosine: 0.5}
        """),
  ]

  /// Layer whose output is steered, counted from 0.
  package var layer = 7
  /// Layers whose parameters train; none above `layer`.
  package var trainedLayers = [5, 6, 7]
  /// Parameters that train in each of them, named as in a Hugging Face checkpoint.
  package var trainedParameters = ["mlp.down_proj.weight"]
  /// Length of the steering vector (*c* in the paper), one for all domains or one for each.
  package var steeringCoefficients: [Double] = [6.5]
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
  /// Stops when the mean cosine between updated and frozen hidden states of forget text falls below this; −1 never.
  package var stopBelowCosine = -1.0
  /// Last steps whose cosines are averaged for that.
  package var stopWindow = 1
  /// Steering vectors from a safetensors file, `control_vectors` `[domains, D]`, used as they are; empty: drawn at random.
  package var controlVectors = ""
  package var inputFiles: [String] { controlVectors.isEmpty ? [] : [controlVectors] }

  package init() {}

  package static let ranges: [String: SettingRange] = [
    "layer": .from(0, to: 4095), "trainedLayers": .from(0, to: 4095),
    "steeringCoefficients": .finite,
    "alphas": .finite, "learningRate": .above(0, to: 1e30), "adamBeta1": .from(0, below: 1),
    "adamBeta2": .from(0, below: 1), "adamEpsilon": .from(0, to: 1e30),
    "weightDecay": .from(0, to: 1e30),
    "batchSize": .from(1, to: 8192), "maximumBatches": .from(1, to: 1e9),
    "epochs": .from(1, to: 1e6),
    "forgetTokens": .from(1, to: 16_777_216), "retainTokens": .from(1, to: 16_777_216),
    "stopBelowCosine": .from(-1, to: 1), "stopWindow": .from(1, to: 1e6),
  ]

  package func validate() throws {
    for (key, values) in [("steeringCoefficients", steeringCoefficients), ("alphas", alphas)] {
      try requireSetting(!values.isEmpty, key, values, "one or more numbers")
    }
    try requireSetting(
      !forgetTokens.isEmpty, "forgetTokens", forgetTokens, "one or more lengths")
    try requireSetting(
      !trainedLayers.isEmpty && trainedLayers.allSatisfy { $0 <= layer }
        && Set(trainedLayers).count == trainedLayers.count,
      "trainedLayers", trainedLayers, "layers from 0 to `layer` (\(layer)), each once")
    let known = LlamaBlock.Part.allCases.map(\.rawValue)
    try requireSetting(
      !trainedParameters.isEmpty && trainedParameters.allSatisfy(known.contains)
        && Set(trainedParameters).count == trainedParameters.count,
      "trainedParameters", trainedParameters, "some of \(known.joined(separator: ", ")), each once")
  }

  package func unlearn(_ job: UnlearningJob) throws -> ParameterDelta {
    let run = try RMURun(self, job)
    try run.train()
    return try run.delta
  }

  package func check(_ job: UnlearningJob) throws { try RMURun.check(self, job) }

  /// Parts of a block that train, in the order of Hugging Face's parameters.
  var trainedParts: [LlamaBlock.Part] {
    LlamaBlock.Part.allCases.filter { trainedParameters.contains($0.rawValue) }
  }

  package func memoryPlan(
    _ configuration: LlamaConfiguration, forget: [TokenCorpus], retain: [TokenCorpus], budget: Int?
  ) throws -> TrainingPlan? {
    let lists = RMURun.batchLists(self, forget: forget, retain: retain)
    return try TrainingPlan.fastest(
      within: budget, remedy: "lower batchSize, forgetTokens or retainTokens"
    ) { memory in
      RMURun.memoryPlan(self, configuration, lists: lists, memory: memory)
    }
  }

  package func changedCount(_ configuration: LlamaConfiguration) -> Int {
    configuration.expectedTensors.filter { tensor in
      trainedParts.contains { LlamaNames.layer(0, $0.rawValue) == tensor.name }
    }.reduce(0) { $0 + $1.shape.reduce(1, *) } * Set(trainedLayers).count
  }

  package func plannedTokens(forget: [TokenCorpus], retain: [TokenCorpus]) -> Int {
    let lists = RMURun.batchLists(self, forget: forget, retain: retain)
    return plannedTotal(steps: RMURun.steps(self, lists)) { step in
      let (forget, retain) = lists.batches(step, RMURun.stepsPerEpoch(self, lists))
      return forget.tokens.count + retain.tokens.count
    }
  }

  package func costPerToken(parameters: Int, layers: Int) -> Double {
    let perLayer = 2.0 * Double(parameters) / Double(max(layers, 1))
    let trunk = Double(trainedLayers.min() ?? 0)
    let above = Double(layer + 1) - trunk
    return perLayer * (trunk + above * 2 + above)  // shared, frozen and updated, backward
  }
}
