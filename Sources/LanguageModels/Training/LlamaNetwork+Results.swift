package import Tensors

extension LlamaNetwork {
  /// The tensors that trained as whole, as they are now, under their checkpoint names.
  package var trainedTensors: any Checkpoint {
    MemoryCheckpoint(
      parameters.filter { base.description(of: $0.name) != nil }.map {
        ($0.name, $0.value.shape, $0.value.values)
      })
  }

  /// The whole network as it is now, adapters apart.
  package var checkpoint: any Checkpoint {
    get throws { try OverlayCheckpoint(base: base, changed: trainedTensors) }
  }
}
