import Tensors

/// The parameters that train, made from the base's values and from new factors.
struct ChosenParameters {
  private(set) var parameters: [TrainedParameter] = []
  private(set) var adapters: [String: LoRAFactors] = [:]
  /// Those that stand for a tensor of the base, by its name.
  private(set) var trained: [String: TrainedParameter] = [:]

  init(
    _ configuration: DecoderConfiguration, _ base: any Checkpoint, _ training: TrainableParameters,
    _ random: RandomSource
  ) throws {
    try training.check(configuration)
    switch training {
    case .full:
      for (name, shape) in configuration.expectedTensors where training.trains(name, configuration)
      {
        let isHidden = shape.count == 2 && DecoderNames.layerIndex(name) != nil
        let parameter = TrainedParameter(
          name: name, kind: isHidden ? .hiddenMatrix : .other, value: try base.tensor(name))
        parameters.append(parameter)
        trained[name] = parameter
      }
    case .lora(let settings):
      addFactors(configuration, settings, random)
    }
  }

  private mutating func addFactors(
    _ configuration: DecoderConfiguration, _ settings: LoRASettings, _ random: RandomSource
  ) {
    let shapes = Dictionary(uniqueKeysWithValues: configuration.expectedTensors)
    for layer in 0..<configuration.layerCount {
      for part in DecoderBlock.Part.projections
      where settings.adapts(layer: layer, part, configuration) {
        let name = DecoderNames.layer(layer, part.rawValue)
        guard let shape = shapes[name] else { continue }
        let factors = LoRAFactors.initial(
          beside: name, of: configuration, shape: shape, settings, random.child(named: name))
        adapters[name] = factors
        parameters += [factors.a, factors.b]
      }
    }
  }

  /// Gradients of each block's trained tensors; none for a block without.
  func gradients(layers: Int) -> [Int: BlockGradients] {
    var result: [Int: BlockGradients] = [:]
    for layer in 0..<layers {
      var (weights, biases): ([DecoderBlock.Part: Tensor], [DecoderBlock.Part: Tensor]) = ([:], [:])
      for part in DecoderBlock.Part.allCases {
        weights[part] = trained[DecoderNames.layer(layer, part.rawValue)]?.gradient
        biases[part] = trained[DecoderNames.layer(layer, part.biasName)]?.gradient
      }
      guard !weights.isEmpty || !biases.isEmpty else { continue }
      result[layer] = BlockGradients(weights: weights, biases: biases)
    }
    return result
  }
}

extension LoRAFactors {
  /// Factors as PEFT starts them: A uniform as `kaiming_uniform_(a=√5)` draws it, B zero where nothing else is asked for.
  static func initial(
    beside name: String, of configuration: DecoderConfiguration, shape: [Int],
    _ settings: LoRASettings, _ random: RandomSource
  ) -> LoRAFactors {
    let (a, b) = (Tensor([settings.rank, shape[1]]), Tensor([shape[0], settings.rank]))
    var random = random
    // gain √(2 / (1 + 5)) and fan-in `in` give the bound √3 · gain / √in = 1 / √in
    let bound = 1 / Double(shape[1]).squareRoot()
    for index in 0..<a.count { a[index] = Float((2 * random.uniform() - 1) * bound) }
    if settings.initialDeviation > 0 {
      let values = WeightInitialization.normal(
        b.count, deviation: settings.initialDeviation, using: &random)
      for index in 0..<b.count { b[index] = values[index] }
    }
    let names = Adapter.factorNames(of: configuration.architecture.spelling.stored(name))
    return LoRAFactors(
      a: TrainedParameter(name: names.a, kind: .hiddenMatrix, value: a),
      b: TrainedParameter(name: names.b, kind: .hiddenMatrix, value: b),
      scale: Float(settings.scale), dropout: settings.dropout)
  }
}
