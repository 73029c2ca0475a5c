import Formats
import Foundation
package import Tensors

extension EncoderConfiguration {
  /// Name and shape of every tensor the network needs, in the order of the forward pass.
  package var expectedTensors: [(name: String, shape: [Int])] {
    var tensors: [(name: String, shape: [Int])] = [
      (EncoderNames.words, [vocabularySize, hiddenSize]),
      (EncoderNames.positions, [positionCount, hiddenSize]),
      (EncoderNames.tokenTypes, [tokenTypeCount, hiddenSize]),
    ]
    func add(_ module: String, _ shape: [Int]) {
      tensors += [("\(module).weight", shape), ("\(module).bias", [shape[0]])]
    }
    add(EncoderNames.embeddingNorm, [hiddenSize])
    for layer in 0..<layerCount {
      for part in EncoderNames.Part.allCases {
        let shape =
          switch part {
          case .query, .key, .value, .attentionOutput: [hiddenSize, hiddenSize]
          case .up: [feedForwardSize, hiddenSize]
          case .down: [hiddenSize, feedForwardSize]
          case .attentionNorm, .feedForwardNorm: [hiddenSize]
          }
        add(EncoderNames.layer(layer, part), shape)
      }
    }
    add(EncoderNames.headDense, [hiddenSize, hiddenSize])
    add(EncoderNames.headOutput, [labels.count, hiddenSize])
    return tensors
  }

  /// Checks that `checkpoint` holds this network, in stored types that can be read.
  ///
  /// Tolerates what older files hold beside it: position ids, a pooler and the head of pre-training.
  /// - Throws: `ModelError.tensorsDoNotMatch` with every problem.
  package func check(_ checkpoint: any Checkpoint, path: String) throws(ModelError) {
    let expected = expectedTensors
    var problems = checkpoint.problems(holding: expected)
    let names = Set(expected.map(\.name))
    for tensor in checkpoint.tensors where !names.contains(tensor.name) {
      let isHarmless =
        tensor.name == "roberta.embeddings.position_ids"
        || ["roberta.pooler.", "lm_head."].contains { tensor.name.hasPrefix($0) }
      if !isHarmless {
        problems.append("'\(tensor.name.shown(limit: 100))' is not part of the network")
      }
    }
    guard problems.isEmpty else { throw .tensorsDoNotMatch(path: path, problems: problems) }
  }

  /// A new network as transformers starts one: matrices normal, biases 0, gains 1.
  ///
  /// Each tensor is drawn from a stream of its own.
  /// - Parameter deviation: transformers' `initializer_range`.
  package func initialCheckpoint(
    random: RandomSource, deviation: Double = 0.02
  ) -> any Checkpoint {
    MemoryCheckpoint(
      expectedTensors.map { name, shape in
        let count = shape.reduce(1, *)
        guard shape.count == 2 else {
          let gain = Tensor(shape)
          gain.fill(name.hasSuffix(".bias") ? 0 : 1)
          return (name, gain)
        }
        var source = random.child(named: name)
        return (
          name,
          Tensor(
            shape, WeightInitialization.normal(count, deviation: deviation, using: &source))
        )
      })
  }
}
