package import Tensors

extension DecoderNetwork {
  /// The tensors that trained as whole, under their checkpoint names; not copies, so train no further while they
  /// are in use.
  package var trainedTensors: any Checkpoint {
    MemoryCheckpoint(
      parameters.filter { base.description(of: $0.name) != nil }.map { ($0.name, $0.value) })
  }
}
