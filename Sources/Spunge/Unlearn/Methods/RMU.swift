import LanguageModels
package import Tensors

/// Representation misdirection for unlearning.
///
/// Pushes hidden states of forget text at one layer towards a fixed random direction while keeping
/// hidden states of retain text unchanged.
///
/// - Paper: Li et al. 2024, "The WMDP Benchmark", https://arxiv.org/abs/2403.03218
/// - Deviations: batches are packed, so that padding never enters a loss (upstream averages over it, where
///   its values depend on the attention kernel); arithmetic and optimiser state are float32, not the
///   checkpoint's dtype; layers above `layer` are not computed, which does not affect the result; if
///   there is little data, all domains' batches are used (upstream stops at the shortest domain's count).
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
  /// Layers to train; none above `layer`.
  package var trainedLayers = [5, 6, 7]
  /// Parameters to train in each of them, named as in a Hugging Face checkpoint.
  package var trainedParameters = ["mlp.down_proj.weight"]
  /// Norm of the steering vector (*c* in the paper), one for all domains or one per domain.
  package var steeringCoefficients: [Double] = [6.5]
  /// Weight of the retain loss (*α* in the paper), one for all domains or one per domain.
  package var alphas: [Double] = [1200]
  package var learningRate = 5e-5
  package var adamBeta1 = 0.9
  package var adamBeta2 = 0.999
  package var adamEpsilon = 1e-6
  package var weightDecay = 0.0
  /// Documents per batch.
  package var batchSize = 4
  /// Maximum number of batches per epoch, over all domains.
  package var maximumBatches = 150
  package var epochs = 1
  /// Maximum length of forget texts in tokens, for the first domain and for the others.
  package var forgetTokens = [512, 768]
  /// Maximum length of retain texts in tokens.
  package var retainTokens = 512
  /// Stops when the mean cosine between updated and frozen hidden states of forget text falls below this; −1 for never.
  package var stopBelowCosine = -1.0
  /// Number of recent steps over which the cosine is averaged.
  package var stopWindow = 1
  /// Safetensors file with steering vectors, `control_vectors` `[domains, D]`, used unscaled; empty to draw them at random.
  package var controlVectors = ""
  /// Dtype of matrix operands; accumulation, parameters and moments are float32.
  package var computeType = ComputeType.float32
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
    let known = DecoderBlock.Part.allCases.map(\.rawValue)
    let names = DecoderArchitecture.allCases.reduce(into: Set(known)) { names, architecture in
      names.formUnion(DecoderBlock.Part.allCases.map { $0.storedName(architecture) })
    }
    try requireSetting(
      !trainedParameters.isEmpty && trainedParameters.allSatisfy(names.contains)
        && Set(trainedParameters).count == trainedParameters.count,
      "trainedParameters", trainedParameters,
      "some of \(known.joined(separator: ", ")), or what the model's files call them, each once")
  }

  package func plan(_ job: UnlearningJob) throws -> UnlearningPlan {
    .training(try program(job, settings: try resolvedYAML()))
  }

  /// - Parameters:
  ///   - settings: as the fingerprint of the run has them.
  ///   - proportion: of hidden states' mean length that the steering vectors are scaled to, at the first step of each
  ///     domain; nil: they are taken as they are.
  func program(
    _ job: UnlearningJob, settings: String, proportion: Double? = nil
  ) throws -> UnlearningProgram {
    try check(job)
    let vectors = try steeringVectors(job)
    let batches = RMUBatches(self, forget: job.forget, retain: job.retain)
    try job.configuration.requireLength(batches.longest)
    let spelling = job.configuration.architecture.spelling
    let names = Set(trainedLayers).sorted().flatMap { layer in
      trainedParts(job.configuration.architecture).map {
        spelling.stored(DecoderNames.layer(layer, $0.rawValue))
      }
    }
    for name in names { try TrainableParameters.full([name]).check(job.configuration) }
    var documents = Fingerprint()
    for corpus in job.forget + job.retain {
      documents.add(UInt32(truncatingIfNeeded: corpus.rows.count))
      corpus.rows.forEach { documents.add($0) }
    }
    return UnlearningProgram(
      trainable: .full(names),
      optimizer: OptimizerSettings(
        .adamW, learningRate: learningRate, beta1: adamBeta1, beta2: adamBeta2,
        epsilon: adamEpsilon, weightDecay: weightDecay),
      computeType: computeType, schedule: LearningRateSchedule(.constant), clipping: 0,
      steps: batches.stepsPerEpoch * epochs,
      step: { index, coefficients in
        step(index, batches, job.forget.map(\.name)) { domain in
          guard let proportion else { return .vector(vectors[domain]) }
          return domain < coefficients.count
            ? .vector(HiddenStateLoss.scaled(vectors[domain], by: coefficients[domain]))
            : .inProportion(vectors[domain], by: proportion)
        }
      },
      need: TrainingNeed(
        tokens: batches.mostTokens, longest: batches.longest, depth: layer + 1, usesBase: true),
      earlyStop: .init(belowCosine: stopBelowCosine, window: stopWindow),
      adaptation: proportion.map { coefficients(in: $0, batches) },
      fingerprint: [settings, "\(job.random.seed)", "\(documents.value)"].joined(separator: "\n"),
      remedies: (
        memory: "lower batchSize, forgetTokens or retainTokens",
        divergence: "lower learningRate or \(proportion == nil ? "steeringCoefficients" : "scale")"
      ))
  }

  /// What steering vectors are multiplied by, domain by domain, found at the first step of each.
  private func coefficients(
    in proportion: Double, _ batches: RMUBatches
  ) -> UnlearningProgram.Adaptation {
    UnlearningProgram.Adaptation(
      note: "coefficients", start: [],
      after: { step, found, _ in
        guard batches.domain(step.step) == found.count, let length = step.forgetNorm else {
          return found
        }
        return found + [proportion * length]
      })
  }

  private func step(
    _ index: Int, _ batches: RMUBatches, _ domains: [String],
    target: (_ domain: Int) -> HiddenStateLoss.Target
  ) -> UnlearningProgram.Step {
    let (domain, forget, retain) = batches.batches(index)
    let target = target(domain)
    let alpha = alphas[alphas.count == 1 ? 0 : domain]
    let steered = HiddenStateLoss(layer: layer, target: target, weight: 1)
    let held = HiddenStateLoss(layer: layer, target: .base, weight: alpha)
    var norm: Double?
    if case .vector(let vector) = target {
      norm = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    return UnlearningProgram.Step(
      domain: domains[domain], forget: [LossTerm(.hiddenState(forget, steered))],
      retain: [LossTerm(.hiddenState(retain, held))], steeringNorm: norm,
      tokens: forget.tokens.count + retain.tokens.count)
  }

  /// Parts of a block that train, in the order of Hugging Face's parameters. Names are those of the model's files, or
  /// Llama's where the files have no such name.
  private func trainedParts(_ architecture: DecoderArchitecture) -> [DecoderBlock.Part] {
    let parts = DecoderBlock.Part.allCases
    let chosen = trainedParameters.compactMap { name in
      parts.first { $0.storedName(architecture) == name } ?? DecoderBlock.Part(rawValue: name)
    }
    return parts.filter(chosen.contains)
  }

  private func check(_ job: UnlearningJob) throws {
    let layers = job.configuration.layerCount
    for layer in [layer] + trainedLayers where !(0..<layers).contains(layer) {
      throw UnlearningError.layerOutOfRange(layer, count: layers)
    }
    let domains = job.forget.count
    guard job.retain.count == 1 || job.retain.count == domains else {
      throw UnlearningError.countMismatch(
        setting: "retain data (--retain)", given: job.retain.count, domains: domains)
    }
    for corpus in job.forget + job.retain where corpus.rows.isEmpty {
      throw UnlearningError.noText(part: job.name, corpus: corpus.name)
    }
    try job.checkTokens()
    for (setting, count) in [
      ("steeringCoefficients", steeringCoefficients.count), ("alphas", alphas.count),
    ] where count != 1 && count != domains {
      throw UnlearningError.countMismatch(setting: setting, given: count, domains: domains)
    }
  }
}
