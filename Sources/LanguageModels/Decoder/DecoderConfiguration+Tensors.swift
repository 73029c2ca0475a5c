import Formats
package import Tensors

extension DecoderConfiguration {
  /// Name and shape of every tensor the network needs, in the order of the forward pass.
  package var expectedTensors: [(name: String, shape: [Int])] {
    var tensors: [(name: String, shape: [Int])] = []
    func linear(_ name: String, _ output: Int, _ input: Int, bias: Bool) {
      tensors.append(("\(name).weight", [output, input]))
      if bias { tensors.append(("\(name).bias", [output])) }
    }
    func norm(_ name: String) {
      tensors.append(("\(name).weight", [hiddenSize]))
      if architecture.norm == .layer { tensors.append(("\(name).bias", [hiddenSize])) }
    }
    let (queryWidth, keyWidth) = (headCount * headWidth, keyValueHeadCount * headWidth)
    tensors.append((DecoderNames.embedding, [vocabularySize, hiddenSize]))
    if architecture.positions == .learnt {
      tensors.append((DecoderNames.positions, [contextLength, hiddenSize]))
    }
    for layer in 0..<layerCount {
      let block = "model.layers.\(layer)"
      if architecture.normalisesBefore { norm("\(block).input_layernorm") }
      if architecture.fusesQueryKeyValue {
        linear(
          "\(block).self_attn.qkv_proj", queryWidth + 2 * keyWidth, hiddenSize,
          bias: queryKeyValueBias)
      } else {
        linear("\(block).self_attn.q_proj", queryWidth, hiddenSize, bias: queryKeyValueBias)
        linear("\(block).self_attn.k_proj", keyWidth, hiddenSize, bias: queryKeyValueBias)
        linear("\(block).self_attn.v_proj", keyWidth, hiddenSize, bias: queryKeyValueBias)
      }
      linear("\(block).self_attn.o_proj", hiddenSize, queryWidth, bias: attentionOutputBias)
      if architecture.queryKeyNorm != .none {
        let isOfHeads = architecture.queryKeyNorm == .heads
        tensors.append(
          ("\(block).self_attn.q_norm.weight", [isOfHeads ? headWidth : queryWidth]))
        tensors.append(("\(block).self_attn.k_norm.weight", [isOfHeads ? headWidth : keyWidth]))
      }
      if architecture.normalisesAfter { norm("\(block).attention_output_norm") }
      if architecture.normalisesFeedForward { norm("\(block).post_attention_layernorm") }
      if architecture.fusesGateUp {
        linear("\(block).mlp.gate_up_proj", 2 * feedForwardSize, hiddenSize, bias: feedForwardBias)
      } else {
        if architecture.isGated {
          linear("\(block).mlp.gate_proj", feedForwardSize, hiddenSize, bias: feedForwardBias)
        }
        linear("\(block).mlp.up_proj", feedForwardSize, hiddenSize, bias: feedForwardBias)
      }
      linear("\(block).mlp.down_proj", hiddenSize, feedForwardSize, bias: feedForwardBias)
      if architecture.normalisesAfter { norm("\(block).feed_forward_output_norm") }
    }
    norm("model.norm")
    if !tiesEmbeddings { tensors.append((DecoderNames.head, [vocabularySize, hiddenSize])) }
    if architecture.hasHeadBias { tensors.append((DecoderNames.headBias, [vocabularySize])) }
    return tensors
  }

  /// Elements of one block's tensors.
  package func elements(ofLayer layer: Int) -> Int {
    expectedTensors.filter { DecoderNames.layerIndex($0.name) == layer }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// Elements of all blocks' tensors.
  package var blockElements: Int {
    expectedTensors.filter { DecoderNames.layerIndex($0.name) != nil }
      .reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// Checks that `checkpoint` holds exactly this network, in stored types that can be read.
  ///
  /// - Throws: `ModelError.tensorsDoNotMatch` with every problem.
  package func check(_ checkpoint: any Checkpoint, path: String) throws(ModelError) {
    let expected = expectedTensors
    let spelling = architecture.spelling
    var problems = checkpoint.problems(holding: expected, shown: spelling.stored)
    let names = Set(expected.map(\.name))
    for tensor in checkpoint.tensors where !names.contains(tensor.name) {
      problems.append("'\(tensor.name.shown(limit: 100))' is not part of the network")
    }
    guard problems.isEmpty else {
      throw .tensorsDoNotMatch(path: path, problems: problems)
    }
  }

  /// Projections of a block that the network has.
  package var projections: [DecoderBlock.Part] {
    let names = Set(expectedTensors.map(\.name))
    return DecoderBlock.Part.projections.filter {
      names.contains(DecoderNames.layer(0, $0.rawValue))
    }
  }

  /// Ends of the projections' names in Hugging Face's files.
  var projectionNames: [String] {
    projections.compactMap {
      architecture.spelling.stored(DecoderNames.layer(0, $0.module)).split(separator: ".").last
        .map(String.init)
    }
  }
}
