import Tensors

extension DecoderNetwork {
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
    let targets = settings.targets(in: configuration)
    return Adapter(
      alpha: settings.alpha, rank: settings.rank, isRankStabilised: settings.isRankStabilised,
      dropout: settings.dropout,
      targets: targets.contains(LoRASettings.allLinear)
        ? configuration.projectionNames : targets,
      baseModel: baseModel,
      factors: MemoryCheckpoint(
        parameters.map { ($0.name, $0.value.copy()) }), products: products)
  }
}
