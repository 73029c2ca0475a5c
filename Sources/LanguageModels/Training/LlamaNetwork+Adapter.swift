import Tensors

extension LlamaNetwork {
  /// The low-rank factors as they are now; `nil` where whole tensors train.
  /// - Parameter baseModel: what the adapter says it belongs to.
  package func adapter(baseModel: String = "") -> Adapter? {
    guard case .lora(let settings) = training else { return nil }
    let products = configuration.expectedTensors.compactMap { tensor in
      adapters[tensor.name].map { factors in
        LowRankFactors(
          name: tensor.name, down: factors.a.name, up: factors.b.name, scale: settings.scale)
      }
    }
    let everywhere = LlamaBlock.Part.projections.compactMap {
      $0.module.split(separator: ".").last.map(String.init)
    }
    return Adapter(
      alpha: settings.alpha, rank: settings.rank, isRankStabilised: settings.isRankStabilised,
      dropout: settings.dropout,
      targets: settings.targets.contains(LoRASettings.allLinear) ? everywhere : settings.targets,
      baseModel: baseModel,
      factors: MemoryCheckpoint(
        parameters.map { ($0.name, $0.value.shape, $0.value.values) }), products: products)
  }

  /// Sets the low-rank factors to an adapter's.
  /// - Throws: `AdapterError.notOfThisNetwork` unless it has exactly the factors that train, and what
  ///   reading it throws.
  package func load(_ adapter: Adapter) throws {
    let own = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0) })
    for tensor in adapter.factors.tensors where own[tensor.name]?.value.shape != tensor.shape {
      throw AdapterError.notOfThisNetwork(name: tensor.name)
    }
    for parameter in parameters {
      guard let description = adapter.factors.description(of: parameter.name) else {
        throw AdapterError.notOfThisNetwork(name: parameter.name)
      }
      try adapter.factors.read(
        parameter.name, rows: 0..<description.rows, into: parameter.value.elements)
    }
  }
}
